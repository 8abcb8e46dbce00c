"""Whether guests can run on this host's own CPUs, and the tools that boot them."""

from __future__ import annotations

import os
import shutil
import sys
from functools import cache
from pathlib import Path

from bench.errors import BenchError
from bench.process import CommandError, run
from bench.record import Virtual

KVM = Path("/dev/kvm")
PROBE_S = 20.0
DEBIAN_TOOLS = {
    "qemu-system-x86_64": "qemu-system-x86",
    "depmod": "kmod",
    "busybox": "busybox-static",
    "ip": "iproute2",
}


VARIABLE = "BENCH_VIRTUAL"
"""Environment variable by which a guest's commands learn how they are executed."""


def of_this_guest() -> Virtual | None:
    """How this machine is executed if it is a guest of :class:`Guest`, else None."""
    value = os.environ.get(VARIABLE)
    return Virtual(value) if value else None


def virtualisation(device: Path = KVM) -> Virtual:
    """KVM if QEMU can make a virtual machine with it, found by making an empty one.

    A device that can be opened is not enough: within a virtual machine its KVM may lack what
    QEMU needs.
    """
    if not os.access(device, os.R_OK | os.W_OK):
        return Virtual.EMULATED
    return Virtual.KVM if _qemu_starts() else Virtual.EMULATED


@cache
def _qemu_starts() -> bool:
    empty = ["-display", "none", "-nodefaults", "-S", "-monitor", "stdio"]
    command = ["qemu-system-x86_64", "-accel", "kvm", "-cpu", "host", *empty]
    try:
        run(command, text="quit\n", timeout_s=PROBE_S)
    except CommandError:
        return False
    return True


def vng() -> Path:
    """Path of virtme-ng's command.

    Raises:
        BenchError: It, or a program that it calls, is not installed.
    """
    missing = [package for tool, package in DEBIAN_TOOLS.items() if shutil.which(tool) is None]
    if missing:
        raise BenchError(
            f"guests need {', '.join(missing)}, not installed",
            remedy=f"apt-get install {' '.join(missing)}",
        )
    # Beside this Python; a venv need not be on the PATH.
    found = shutil.which("vng", path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}")
    if found is None:
        raise BenchError(
            "virtme-ng is not installed", remedy="pip install 'bpf-timer-bench[matrix]'"
        )
    return Path(found)
