"""Fingerprint of a host: stable facts that decide what a measurement is worth.

Recorded in ``run.json``, compared before and after each trial and when a run is resumed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.host.changes import Change
from bench.host.cpu_facts import CPU_FACTS
from bench.host.facts import ROOT, Value
from bench.host.kernel_facts import KERNEL_FACTS
from bench.host.machine_facts import MACHINE_FACTS
from bench.host.setting_facts import SETTING_FACTS

FACTS = (*KERNEL_FACTS, *SETTING_FACTS, *CPU_FACTS, *MACHINE_FACTS)
NAMED = 3
"""So many parts of a fact are named when they changed, the others counted."""


def fingerprint(root: Path = ROOT) -> dict[str, Value]:
    """Fact name -> value, for every fact; None = this host does not say."""
    return {fact.name: fact.read(root) for fact in FACTS}


def drift(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Facts that changed, in the order of ``before``.

    Facts unknown on either side are no evidence of a change (a file system may have been
    mounted, or another version of this program may have written one of the two).
    """
    return [Change(name, str(before[name]), str(after[name])) for name in _changed(before, after)]


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for name, old in before.items():
        if old is not None and after.get(name) is not None and after[name] != old:
            yield name


@dataclass(frozen=True, slots=True)
class Watch:
    """What a host was when its run began, to be held against what it is.

    Attributes:
        first: Its fingerprint then.
        parts: Of facts that stand for many values, these values, by the fact's name.
    """

    root: Path
    first: Mapping[str, Any]
    parts: Mapping[str, Mapping[str, str]]

    @classmethod
    def begin(cls, first: Mapping[str, Any] | None = None, root: Path = ROOT) -> Watch:
        """Watch from now on.

        Args:
            first: Fingerprint at the begin of the run, if that was earlier.
            root: Of the file tree, ``/`` on a real host.
        """
        known = {name: value for name, value in (first or {}).items() if value is not None}
        return cls(root, fingerprint(root) | known, _parts(root))

    def without(self, names: Collection[str]) -> Watch:
        """The same, but for facts that may change."""
        first = {name: value for name, value in self.first.items() if name not in names}
        return replace(self, first=first)

    def drifted(self) -> list[Change]:
        """What changed since the run began; reads only what can change."""
        now = {fact.name: fact.read(self.root) for fact in FACTS if not fact.fixed}
        return [self._named(change) or change for change in drift(self.first, now)]

    def _named(self, change: Change) -> Change | None:
        """Which of many values changed; None if it is one, or that was before the watch began."""
        fact = _MANY.get(change.name)
        if fact is None:
            return None
        assert fact.parts is not None
        old, new = self.parts.get(fact.name, {}), fact.parts(self.root)
        moved = [name for name in dict.fromkeys([*old, *new]) if old.get(name) != new.get(name)]
        if not moved:
            return None
        before, after = (_listed(moved[:NAMED], values) for values in (old, new))
        more = f", and {len(moved) - NAMED} more" if len(moved) > NAMED else ""
        return Change(fact.name, before, f"{after}{more}")


def _listed(names: Sequence[str], values: Mapping[str, str]) -> str:
    return ", ".join(f"{name}: {values.get(name, 'none')}" for name in names)


_MANY = {fact.name: fact for fact in FACTS if fact.parts is not None}


def _parts(root: Path) -> dict[str, Mapping[str, str]]:
    return {name: fact.parts(root) for name, fact in _MANY.items() if fact.parts is not None}
