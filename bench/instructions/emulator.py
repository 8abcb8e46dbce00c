"""QEMU with the plugin: how it is called so that one instruction is one nanosecond."""

from __future__ import annotations

import platform
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from bench.errors import BenchError
from bench.instructions import exchange
from bench.libbpf.compiler import shared_object
from bench.process import CommandError, run

MACHINES = "x86_64"
"""Marks, interrupts and clocks are known of this architecture."""
QEMU = "qemu-system-x86_64"
MACHINE, CPU = "q35", "max"
ICOUNT = "shift=0,sleep=on"
SEED = 1
RTC = "base=2026-01-01T00:00:00,clock=vm"
PLUGIN = "instructions/plugin.c"
INSTALL = "apt-get install qemu-system-x86"
APIS = (((9, 1), 3), ((9, 0), 2), ((0, 0), 1))
"""Since which QEMU its plugins have which interface; only the first of them was tried."""
PROBE_S = 60.0


def qemu_version() -> str:
    """First line of what QEMU says of itself.

    Raises:
        BenchError: It is not installed.
    """
    if shutil.which(QEMU) is None:
        raise BenchError(f"{QEMU} is not installed", remedy=INSTALL)
    return run([QEMU, "--version"]).splitlines()[0]


def plugin() -> Path:
    """The plugin, built at first use and tried.

    Raises:
        BenchError: Another architecture, no compiler, or this QEMU does not load it.
    """
    if platform.machine() != MACHINES:
        raise BenchError(
            f"instructions are counted on {MACHINES} only; this machine is {platform.machine()}",
            remedy=f"Run it on a host of {MACHINES}",
        )
    version = qemu_version()
    found = re.search(r"(\d+)\.(\d+)", version)
    number = (int(found[1]), int(found[2])) if found else (0, 0)
    api = next(api for since, api in APIS if number >= since)
    made = shared_object(PLUGIN, (f"PLUGIN_API={api}",))
    _try(made, version)
    return made


def _try(made: Path, version: str) -> None:
    """Load it into a machine without anything, which ends at once."""
    machine = ["-machine", "none", "-display", "none", "-nodefaults", "-monitor", "stdio"]
    try:
        run(
            [QEMU, *machine, *_plugin(made, Path("/nonexistent"))], text="quit\n", timeout_s=PROBE_S
        )
    except CommandError as error:
        raise BenchError(
            f"{version} does not load the plugin {made}",
            remedy="Install a QEMU that was built with plugins: Debian's is",
            detail=error.detail,
        ) from error


def _plugin(made: Path, shared: Path) -> Sequence[str]:
    entries, out = shared / exchange.ENTRIES, shared / exchange.TRACE
    return "-plugin", f"{made},entries={entries},out={out}"


def options(made: Path, shared: Path) -> list[str]:
    """Options of QEMU for a guest with that shared folder."""
    return [
        *("-machine", MACHINE, "-cpu", CPU, "-icount", ICOUNT),
        *("-seed", str(SEED), "-rtc", RTC),
        *_plugin(made, shared),
    ]
