"""Within the guest: a scripted program is run, and answers."""

from __future__ import annotations

import numpy as np

from bench.libbpf.object import BpfObject

BPF_F_ZERO_SEED = 1 << 6
PART = np.dtype(
    [
        ("operation", "<u4"),
        ("count", "<u4"),
        ("clock", "<u4"),
        ("together", "<u4"),
        ("flags", "<u8"),
        ("base_ns", "<u8"),
        ("rearm", "<u4"),
        ("failed", "<u4"),
        ("error", "<i8"),
    ]
)
"""``struct part`` of ``part.h``."""


def run(program_of: BpfObject, program: str, **fields: int) -> tuple[int, int]:
    """Run a scripted program; how many of its calls failed, and with which errno."""
    part = np.zeros(1, PART)
    for name, value in fields.items():
        part[name] = value
    program_of.run(program, part)
    return int(part["failed"][0]), -int(part["error"][0])
