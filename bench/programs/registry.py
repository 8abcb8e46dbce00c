"""All programs under test, by name."""

from __future__ import annotations

from bench.errors import UsageError, quoted
from bench.programs.base import Program
from bench.programs.churn import Churn
from bench.programs.external import External
from bench.programs.resident import Resident
from bench.programs.sampler import Sampler
from bench.programs.tc_gc import TcGc
from bench.programs.tcp import Tcp
from bench.programs.xdp_gc import XdpGc
from bench.programs.xdp_health import XdpHealth

PROGRAMS: dict[str, Program] = {
    program.name: program
    for program in (
        Resident(),
        Tcp(),
        Sampler(),
        XdpGc(),
        TcGc(),
        XdpHealth(),
        Churn(),
        External(),
    )
}
OURS = tuple(program for program in PROGRAMS.values() if program.source)
"""Those that a trial loads from a source of ours."""


def find(name: str) -> Program:
    """The program of this name.

    Raises:
        UsageError: There is none; the known names are listed.
    """
    try:
        return PROGRAMS[name]
    except KeyError:
        known = ", ".join(PROGRAMS)
        raise UsageError(
            f"unknown program {quoted(name)}", remedy=f"Choose one of: {known}"
        ) from None
