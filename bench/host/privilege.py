"""Whether this process may use BPF at all."""

from __future__ import annotations

import os

from bench.errors import BenchError


def require_bpf() -> None:
    """Refuse early and clearly when this is not root.

    Raises:
        BenchError: The effective user is not root.
    """
    if os.geteuid() != 0:
        raise BenchError(
            f"bench needs root to load BPF programs, this is user id {os.geteuid()}",
            remedy="Run it with sudo",
        )
