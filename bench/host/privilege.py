"""Whether this process may use BPF at all, and measure with it."""

from __future__ import annotations

import os
from pathlib import Path

from bench.errors import BenchError
from bench.host.facts import ROOT, text
from bench.host.time_namespace import require_clocks

CAP_SYS_ADMIN, CAP_BPF = 21, 39
"""Of include/uapi/linux/capability.h; either one lets a process load programs."""


def require_bpf(root: Path = ROOT) -> None:
    """Refuse early and clearly what cannot be measured from this process.

    Raises:
        BenchError: It may not load BPF programs, or does not share their clocks.
    """
    require_privilege(root)
    require_clocks(root)


def require_privilege(root: Path = ROOT) -> None:
    """Refuse when this process may not load BPF programs.

    Raises:
        BenchError: It is neither root nor has it the capability.
    """
    if os.geteuid() != 0 and not effective(root) & (1 << CAP_BPF | 1 << CAP_SYS_ADMIN):
        raise BenchError(
            "bench needs root to load BPF programs, this is user id "
            f"{os.geteuid()} without CAP_BPF",
            remedy="Run it with sudo, or with the capabilities of docs/security.md",
        )


def effective(root: Path = ROOT) -> int:
    """The capabilities of this process, a bit each; none where the kernel does not say."""
    for line in (text(root, "proc/self/status") or "").splitlines():
        name, _, value = line.partition(":")
        if name == "CapEff":
            return int(value, 16)
    return 0
