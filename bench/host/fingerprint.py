"""Fingerprint of a host: stable facts that decide what a measurement is worth.

Recorded in ``run.json``, compared before and after trials and when a run is resumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.host.cpu_facts import CPU_FACTS
from bench.host.facts import ROOT, Value
from bench.host.kernel_facts import KERNEL_FACTS
from bench.host.machine_facts import MACHINE_FACTS

FACTS = (*KERNEL_FACTS, *CPU_FACTS, *MACHINE_FACTS)


def fingerprint(root: Path = ROOT) -> dict[str, Value]:
    """Fact name -> value, for every fact; None = this host does not tell."""
    return {fact.name: fact.read(root) for fact in FACTS}


def drift(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Facts that changed, as ``name: old -> new``, in the order of ``before``.

    Facts unknown on either side are no evidence of a change (a file system may have been
    mounted, or another version of this program may have written one of the two).
    """
    return [
        f"{name}: {old} -> {after[name]}"
        for name, old in before.items()
        if old is not None and after.get(name) is not None and after[name] != old
    ]
