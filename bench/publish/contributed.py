"""Runs that others contributed, by hardware class, each as ratios to its own controls. Pure.

Times of two machines say nothing about each other, so none are shown side by side: what the timers
of a run changed is, against the same host without them in the same block.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.analysis.controls import ratios_to_controls
from bench.analysis.effects import CONTROL_NAMES, effect_text
from bench.publish.catalogue import Entry
from bench.words.cells import cell_text
from bench.words.machines import hardware


@dataclass(frozen=True, slots=True)
class Ratio:
    """What a cell has of what its control has, as texts."""

    cell: str
    control: str
    quantity: str
    value: str


@dataclass(frozen=True, slots=True)
class Contribution:
    """A run, and its cells against their own controls; empty of a run without any."""

    run: Entry
    ratios: tuple[Ratio, ...]


@dataclass(frozen=True, slots=True)
class HardwareClass:
    """Runs of machines of one kind, newest first."""

    name: str
    runs: tuple[Contribution, ...]


def classes(entries: Sequence[Entry]) -> list[HardwareClass]:
    """The runs by hardware class, in the order of the classes' names; given newest first."""
    found: dict[str, list[Contribution]] = {}
    for entry in entries:
        contribution = Contribution(entry, tuple(_ratios(entry)))
        found.setdefault(hardware(entry.header.host), []).append(contribution)
    return [HardwareClass(name, tuple(found[name])) for name in sorted(found)]


def _ratios(entry: Entry) -> Iterator[Ratio]:
    for effect in ratios_to_controls(entry.records) if entry.measured else ():
        yield Ratio(
            cell_text(effect.cell),
            CONTROL_NAMES[effect.control],
            effect.quantity.title,
            effect_text(effect),
        )
