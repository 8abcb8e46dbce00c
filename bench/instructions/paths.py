"""From windows to paths: by function, with their callers, the same in every boot. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.instructions.marks import Operation
from bench.instructions.symbols import PROGRAM, UNKNOWN, Symbols
from bench.instructions.trace import Window

Step = tuple[str, int, int]
"""Function, offset in it, and instructions from there."""
DIGITS = 16
_THUNK = "__x86_"
"""How parts of the kernel begin that only jump on, to the function that is meant."""


@dataclass(frozen=True, slots=True)
class Path:
    """One way through the kernel.

    Attributes:
        key: Names the sequence of instructions by function and offset.
        iterations: Further iterations of ``rep`` instructions.
        stacks: Instructions by stack, ``caller;function``.
    """

    key: str
    iterations: int
    stacks: tuple[tuple[str, int], ...]

    @property
    def instructions(self) -> int:
        """From entry to return."""
        return sum(count for _, count in self.stacks)

    @property
    def functions(self) -> dict[str, int]:
        """Instructions by function, most first."""
        return by_function(self.stacks)


def by_function(stacks: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Instructions of each function whoever called it, most first."""
    found: Counter[str] = Counter()
    for stack, count in stacks:
        found[stack.rpartition(";")[2]] += count
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def path_of(window: Window, symbols: Symbols) -> Path:
    """The path of equal calls, without the program's own instructions before and after."""
    steps = _trimmed([(*symbols.at(address), count) for address, count in window.runs])
    text = " ".join(f"{name}+{offset:x}*{count}" for name, offset, count in steps)
    digest = hashlib.sha256(f"{text} {window.iterations}".encode()).hexdigest()[:DIGITS]
    return Path(digest, window.iterations, tuple(sorted(_stacks(steps).items())))


def _trimmed(steps: list[Step]) -> list[Step]:
    first, last = 0, len(steps)
    while first < last and steps[first][0] == PROGRAM:
        first += 1
    while last > first and steps[last - 1][0] == PROGRAM:
        last -= 1
    return steps[first:last]


def _stacks(steps: Iterable[Step]) -> Counter[str]:
    """Instructions by stack.

    A function that is entered at its beginning was called; one that goes on further inside is
    returned to, by all above it; one that was not seen to begin is whoever called the first. A
    jump to another function's beginning looks like a call, and is undone by the return to a
    function below both.
    """
    found: Counter[str] = Counter()
    stack: list[str] = []
    for name, offset, count in steps:
        if offset and name in stack:
            del stack[len(stack) - stack[::-1].index(name) :]
        elif offset:
            stack = [name]
        else:
            if stack and stack[-1].startswith(_THUNK):
                stack.pop()
            stack.append(name)
        found[";".join(stack)] += count
    return found


@dataclass(frozen=True, slots=True)
class Seen:
    """What one boot saw of an operation in a scenario.

    Attributes:
        paths: By key.
        calls: By key, undisturbed.
        left_out: Calls with an interrupt inside, or too long to be kept.
    """

    paths: dict[str, Path]
    calls: dict[str, int]
    left_out: int

    @property
    def undisturbed(self) -> int:
        """Calls that count."""
        return sum(self.calls.values())


def seen_in(windows: Sequence[Window], left_out: int, symbols: Symbols) -> Seen:
    """The paths of one boot; windows that differ only by where code was loaded are one."""
    paths: dict[str, Path] = {}
    calls: Counter[str] = Counter()
    for window in windows:
        path = path_of(window, symbols)
        paths[path.key] = path
        calls[path.key] += window.calls
    return Seen(paths, dict(calls), left_out)


def unknown_share(seen: Iterable[Seen]) -> float:
    """Share of all instructions that lie in no known function."""
    unknown = total = 0
    for each in seen:
        for key, path in each.paths.items():
            total += path.instructions * each.calls[key]
            unknown += path.functions.get(UNKNOWN, 0) * each.calls[key]
    return unknown / total if total else 0.0


_OF_RIVALS = {
    Operation.SCAN: (Operation.FURTHER,),
    Operation.TIMERFD_SETTIME: (
        Operation.TIMERFD_SETTIME,
        Operation.EPOLL_WAIT,
        Operation.TIMERFD_READ,
        Operation.TIMERFD_WAIT,
    ),
    Operation.WQ_START: (Operation.WQ_INIT, Operation.WQ_SET_CALLBACK, Operation.WQ_START),
    Operation.WQ_FURTHER: (Operation.FURTHER,),
}


def parts_of(operation: Operation, together: int, *, rearm: bool) -> tuple[Operation, ...]:
    """What is recorded where an operation is scripted."""
    if operation is not Operation.EXPIRY:
        return _OF_RIVALS.get(operation, (operation,))
    parts = [Operation.EXPIRY, Operation.RETURN]
    parts += [Operation.FURTHER] if together > 1 else []
    parts += [Operation.REARM] if rearm else []
    return tuple(sorted(parts))
