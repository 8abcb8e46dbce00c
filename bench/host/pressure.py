"""Pressure stall information: for how long some task waited for a resource.

Source: ``Documentation/accounting/psi.rst``. It is the whole host's, whoever makes it and whoever
waits.
"""

from __future__ import annotations

from pathlib import Path

from bench.host.facts import ROOT, text
from bench.units import NS_PER_US

RESOURCES = ("cpu", "memory")


def stalled_ns(root: Path = ROOT) -> dict[str, int]:
    """Resource -> time since boot in which some task waited for it; without those not counted."""
    found = {name: _total_ns(text(root, f"proc/pressure/{name}") or "") for name in RESOURCES}
    return {name: total for name, total in found.items() if total is not None}


def _total_ns(content: str) -> int | None:
    for line in content.splitlines():
        kind, _, rest = line.partition(" ")
        total = rest.rpartition("total=")[2]
        if kind == "some" and total.isdecimal():
            return int(total) * NS_PER_US
    return None
