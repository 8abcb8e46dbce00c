"""In which facts hosts differ: what could explain that their figures do. Pure.

A fact that is unknown on a host is no evidence of a difference: another version of this program
may have written it, or the host does not say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.fleet.model import HostRun

INCIDENTAL = ("hostname", "machine_id_hash", "tools.git_dirty")
"""Facts that explain nothing."""
FOLLOWS = {"boot_parameters_hash": "boot_parameters", "kernel_version": "kernel_release"}
"""Facts that are shown only where the one they follow from is the same."""
MOST_CAUSES = 5
"""Facts shown beside one difference; the table of facts has all."""
UNKNOWN = "-"
_LONGEST = 70


@dataclass(frozen=True, slots=True)
class Cause:
    """A fact in which one host differs from what is usual among others.

    Attributes:
        usual: What most of the others have.
        alone: Whether all others have it, and so nobody else what this host has.
    """

    host: str
    fact: str
    value: str
    usual: str
    alone: bool

    def __str__(self) -> str:
        """``only sut2 has timer_migration=0 (the others: 1)``."""
        value, usual = shortened(self.value), shortened(self.usual)
        if self.alone:
            return f"only {self.host} has {self.fact}={value} (the others: {usual})"
        return f"{self.host} has {self.fact}={value} (most have {usual})"


def causes(host: HostRun, others: Sequence[HostRun]) -> tuple[Cause, ...]:
    """Facts in which a host differs from most others; those that are its alone first."""
    found = [cause for fact in _differing([host, *others]) if (cause := _cause(host, others, fact))]
    return tuple(sorted(found, key=lambda cause: not cause.alone))


def causes_text(found: Sequence[Cause]) -> str:
    """The first of them on one line; that there are none is a finding as well."""
    if not found:
        return "no known fact"
    more = len(found) - MOST_CAUSES
    words = [str(cause) for cause in found[:MOST_CAUSES]]
    return "; ".join([*words, f"and {more} more"] if more > 0 else words)


@dataclass(frozen=True, slots=True)
class Split:
    """A fact in which the hosts differ: hosts by value, in order of first appearance."""

    fact: str
    hosts: dict[str, tuple[str, ...]]


def splits(hosts: Sequence[HostRun]) -> tuple[Split, ...]:
    """Every fact that has more than one value among the hosts that report it."""
    return tuple(Split(fact, _by_value(hosts, fact)) for fact in _differing(hosts))


def shortened(value: str) -> str:
    """A value that fits into a sentence."""
    return value if len(value) <= _LONGEST else f"{value[: _LONGEST - 3]}..."


def _differing(hosts: Sequence[HostRun]) -> Iterator[str]:
    facts = [f for f in dict.fromkeys(f for h in hosts for f in h.facts) if f not in INCIDENTAL]
    differ = {fact for fact in facts if len(_by_value(hosts, fact)) > 1}
    return (fact for fact in facts if fact in differ and FOLLOWS.get(fact) not in differ)


def _by_value(hosts: Sequence[HostRun], fact: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for host in hosts:
        value = host.facts.get(fact, UNKNOWN)
        if value != UNKNOWN:
            found[value] = (*found.get(value, ()), host.name)
    return found


def _cause(host: HostRun, others: Sequence[HostRun], fact: str) -> Cause | None:
    value = host.facts.get(fact, UNKNOWN)
    known = Counter(v for o in others if (v := o.facts.get(fact, UNKNOWN)) != UNKNOWN)
    if value == UNKNOWN or not known:
        return None
    usual, count = known.most_common(1)[0]
    if value == usual:
        return None
    return Cause(host.name, fact, value, usual, alone=count == known.total())
