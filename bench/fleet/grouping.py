"""Hosts by kernel, CPU, an inventory variable or any fact of their fingerprint. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bench.errors import UsageError, quoted
from bench.fleet.model import Fleet, HostRun

FACTS = {"kernel": "kernel_release", "cpu": "cpu_model"}
"""Short words for facts of ``run.json``."""
UNKNOWN = "unknown"


def grouped(fleet: Fleet, by: str) -> dict[str, tuple[HostRun, ...]]:
    """Hosts by the value they have, in order of first appearance.

    Raises:
        UsageError: No host has such a variable or fact; names those that there are.
    """
    known = names(fleet.hosts)
    if by not in known:
        remedy = f"Group by one of: {', '.join(known)}"
        raise UsageError(f"no host has {quoted(by)}", remedy=remedy)
    found: dict[str, tuple[HostRun, ...]] = {}
    for host in fleet.hosts:
        value = value_of(host, by)
        found[value] = (*found.get(value, ()), host)
    return found


def names(hosts: Sequence[HostRun]) -> list[str]:
    """What hosts can be grouped by: kernel, CPU, variables, then all facts."""
    variables = sorted({name for host in hosts for name in host.variables})
    facts = sorted({name for host in hosts for name in host.facts})
    return [*FACTS, *variables, *(name for name in facts if name not in variables)]


def value_of(host: HostRun, by: str) -> str:
    """A host's value; an inventory variable goes before a fact of the same name."""
    return host.variables.get(by) or host.facts.get(FACTS.get(by, by)) or UNKNOWN
