"""Which boot of the kernel this is."""

from __future__ import annotations

from pathlib import Path

from bench.host.facts import ROOT, text


def boot_id(root: Path = ROOT) -> str | None:
    """The kernel's random name for this boot; None where it has none."""
    return text(root, "proc/sys/kernel/random/boot_id")
