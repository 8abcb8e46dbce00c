"""May two runs be compared? Only if nothing but the subject of the comparison differs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bench import facts
from bench.errors import UsageError
from bench.record import RunHeader
from bench.units import exact_duration

INCIDENTAL = ("hostname", "os_id", "os_version", "os_name")
"""Facts that decide nothing: of a distribution the kernel and the TOOLS do."""
TOOLS = ("bench", "source_hash", "git_commit", "clang", "libbpf", "bcc")
"""Tools that could change a figure; reported, but no reason to refuse."""

WARMUP = "warmup"


class Across(StrEnum):
    """Facts that may differ because they are what is compared."""

    KERNEL = "kernel"
    CPU = "cpu"
    MACHINE = "machine"


_FACTS: dict[Across, Sequence[facts.HostFact]] = {
    Across.KERNEL: (*facts.KERNEL, *facts.SETTINGS),
    Across.CPU: facts.CPU,
    Across.MACHINE: facts.MACHINE,
}


@dataclass(frozen=True, slots=True)
class Difference:
    """Something in which two runs differ.

    Attributes:
        group: Kind of host fact; None for what can only be forced.
    """

    name: str
    base: str
    new: str
    group: Across | None = None

    def __str__(self) -> str:
        """``cpu_model: A in BASE, B in NEW``."""
        return f"{self.name}: {self.base} in BASE, {self.new} in NEW"


def refuse_recordings(headers: Iterable[RunHeader]) -> None:
    """Refuse what has no trials, and so no interval; nothing can force it.

    Raises:
        UsageError: Naming the recording.
    """
    for header in headers:
        if header.recording is not None:
            raise UsageError(
                f"{header.run_id} is a recording of bench watch: its intervals are no trials, and "
                "nothing of it was repeated",
                remedy="Look at recordings side by side with: bench report RUN RUN. To measure "
                "what a change does: bench run --program external",
            )


def refuse_mixed(headers: Iterable[RunHeader]) -> None:
    """Refuse runs of which some ended trials for the sake of others; nothing can force it.

    What others suffered from is missing in those: a change would be that of the choice.

    Raises:
        UsageError: Naming a run of each kind.
    """
    first = {header.sweep.polite: header.run_id for header in headers}
    if len(first) > 1:
        raise UsageError(
            f"{first[True]} was measured with --polite, {first[False]} without it: the two are "
            "never compared",
            remedy="Measure both with it, or both without",
        )


def differences(base: RunHeader, new: RunHeader) -> list[Difference]:
    """What differs and matters: host, and how trials were made.

    Facts unknown on either side are no evidence of a difference: another version of this
    program may have written one of the two.
    """
    found = [
        *_if_differs(
            "duration", exact_duration(base.sweep.duration), exact_duration(new.sweep.duration)
        ),
        *_if_differs(WARMUP, exact_duration(base.sweep.warmup), exact_duration(new.sweep.warmup)),
    ]
    for group, declared in _FACTS.items():
        for name in (fact.name for fact in declared if fact.name not in INCIDENTAL):
            ours, theirs = base.host.get(name), new.host.get(name)
            if ours is not None and theirs is not None:
                found += _if_differs(name, ours, theirs, group)
    return found


def tool_differences(base: RunHeader, new: RunHeader) -> list[Difference]:
    """Tools that differ, for the reader to judge."""
    return [
        d for name in TOOLS for d in _if_differs(name, base.tools.get(name), new.tools.get(name))
    ]


def check_comparable(
    found: Sequence[Difference], *, across: Collection[Across] = (), force: bool = False
) -> None:
    """Refuse to compare what cannot be compared.

    Raises:
        UsageError: Naming every difference that is neither the subject nor forced.
    """
    refused = [d for d in found if d.group is None or d.group not in across]
    if not refused or force:
        return
    raise UsageError(
        f"the runs differ in {'; '.join(map(str, refused))}",
        remedy=f"{_hint(refused)} to compare them anyway",
    )


def _hint(refused: Sequence[Difference]) -> str:
    groups = list(dict.fromkeys(d.group for d in refused if d.group))
    if groups:
        subject = " ".join(f"--across {group}" for group in groups)
        return f"Add {subject} if that is what you compare, or --force"
    if any(d.name == WARMUP for d in refused):
        return "Measure NEW with the warm-up of BASE (bench run --warmup-of BASE), or add --force"
    return "Add --force"


def _if_differs(
    name: str, base: Any, new: Any, group: Across | None = None
) -> Iterator[Difference]:
    if base != new:
        yield Difference(name, _text(base), _text(new), group)


def _text(value: Any) -> str:
    return "unknown" if value is None else str(value)
