"""A probe: something tried for real, what it blocks when it fails, and the remedy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bench.errors import BenchError, explained

REMEDY = "Run as root on the host itself, outside of containers"


class Health(StrEnum):
    """``missing`` blocks all measurements, ``limited`` only what the finding names."""

    OK = "ok"
    LIMITED = "limited"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Probe:
    """One capability.

    Attributes:
        name: What is probed.
        blocks: What cannot be measured without it.
        attempt: Tries it; returns what was seen, raises BenchError when it fails.
        essential: Whether nothing at all can be measured without it.
    """

    name: str
    blocks: str
    attempt: Callable[[], str]
    essential: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """What a probe found; ``blocks`` and ``remedy`` are empty when it is ok."""

    name: str
    health: Health
    seen: str
    blocks: str = ""
    remedy: str = ""
    detail: str = ""


def examine(probes: Sequence[Probe]) -> list[Finding]:
    """Try every probe in order; a failing one does not stop the others."""
    return [_examine(probe) for probe in probes]


def _examine(probe: Probe) -> Finding:
    try:
        with explained(f"try {probe.name}", remedy=REMEDY):
            return Finding(probe.name, Health.OK, probe.attempt())
    except BenchError as error:
        return Finding(
            name=probe.name,
            health=Health.MISSING if probe.essential else Health.LIMITED,
            seen=error.problem,
            blocks=probe.blocks,
            remedy=error.remedy,
            detail=error.detail,
        )
