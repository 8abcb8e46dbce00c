"""What the plugin wrote: paths and how often each was taken. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from bench.errors import BenchError, quoted
from bench.instructions.marks import Operation

END = "end"
Where = tuple[int, Operation]
"""Number of a scenario, and what the window is of."""
Run = tuple[int, int]
"""Address of an instruction, and how many are executed from there one after the other."""


@dataclass(frozen=True, slots=True)
class Window:
    """Equal calls: the same instructions in the same order.

    Attributes:
        calls: How many there were.
        iterations: Further iterations of ``rep`` instructions, each of which counts once.
        runs: What was executed.
    """

    calls: int
    iterations: int
    runs: tuple[Run, ...]


@dataclass(slots=True)
class Trace:
    """A whole file of the plugin.

    Attributes:
        windows: By scenario and operation.
        interrupted: Calls into which an interrupt fell.
        too_long: Calls with more jumps than the plugin keeps.
        clock: By scenario: instructions from the clock's reading before each call to the one
            after it.
    """

    windows: dict[Where, list[Window]] = field(default_factory=lambda: defaultdict(list))
    interrupted: dict[Where, int] = field(default_factory=dict)
    too_long: dict[Where, int] = field(default_factory=dict)
    clock: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))


def read_trace(text: str) -> Trace:
    """The plugin's file.

    Raises:
        BenchError: It is not whole, or has a line that is none of the plugin's.
    """
    lines = text.splitlines()
    if not lines or lines[-1] != END:
        raise BenchError(
            "the plugin's file is not whole: it does not end with its last line",
            remedy="Look at the guest's console, and for space in the temporary folder",
        )
    trace = Trace()
    for line in lines[:-1]:
        try:
            _read(line.split(), trace)
        except (ValueError, IndexError) as error:
            raise BenchError(f"the plugin wrote a line {quoted(line)}") from error
    return trace


def _read(words: list[str], trace: Trace) -> None:
    kind, scenario = words[0], int(words[1])
    if kind == "clock":
        trace.clock[scenario].append(int(words[2]))
        return
    where = (scenario, Operation(int(words[2])))
    if kind == "path":
        trace.windows[where].append(Window(int(words[3]), int(words[4]), (*_runs(words[5:]),)))
    elif kind == "lost":
        trace.interrupted[where], trace.too_long[where] = int(words[3]), int(words[4])
    else:
        raise ValueError(kind)


def _runs(words: list[str]) -> Iterator[Run]:
    for word in words:
        address, _, count = word.partition("+")
        yield int(address, 16), int(count)
