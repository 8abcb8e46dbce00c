"""Whether guests can run on this host's own CPUs, and the tools that boot them."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path

from bench.errors import BenchError
from bench.host.owner import scratch_prefix
from bench.process import CommandError, run
from bench.record import Virtual

KVM = Path("/dev/kvm")
QEMU = ("qemu-system-x86_64", "-accel", "kvm", "-cpu", "host")
PROBE_S = 10.0
"""A CPU runs the probe in a fraction of a second; QEMU starts within one, or a few when busy."""
ROUNDS = 400_000_000
_LOOP = (
    b"\x66\xb9" + ROUNDS.to_bytes(4, "little"),  # mov $ROUNDS, %ecx
    b"\x66\x49",  # 1: dec %ecx
    b"\x75\xfc",  # jnz 1b
    b"\xb0\xfe\xe6\x64",  # mov $0xfe, %al; out %al, $0x64: reset, with which QEMU ends
    b"\xf4",  # hlt
)
_BIOS_SIZE, _RESET_VECTOR = 1 << 16, 0xFFF0
_JUMP = b"\xe9" + (_BIOS_SIZE - _RESET_VECTOR - 3).to_bytes(2, "little")
"""To the begin of the segment."""
DEBIAN_TOOLS = {
    "qemu-system-x86_64": "qemu-system-x86",
    "depmod": "kmod",
    "busybox": "busybox-static",
    "ip": "iproute2",
}


def virtualisation(device: Path = KVM, *, machine: str = "") -> Virtual:
    """KVM if it executes a guest's instructions on the CPU, found by having it execute some.

    Args:
        device: KVM's.
        machine: The guest's architecture, as the kernel names it; empty for this machine's. A CPU
            executes none of another one's instructions.

    A device that can be opened is not enough: within a virtual machine its KVM may lack what
    QEMU needs, or emulate each instruction, some hundred times slower than QEMU does
    (microseconds each, seen with kvm-pvm), so that a kernel's boot takes hours.
    """
    if machine and machine != platform.machine():
        return Virtual.EMULATED
    if not os.access(device, os.R_OK | os.W_OK):
        return Virtual.EMULATED
    return Virtual.KVM if _executes() else Virtual.EMULATED


@cache
def _executes() -> bool:
    """Whether a loop ends in time, which is all that the machine has instead of a BIOS."""
    code = b"".join(_LOOP)
    bios = code.ljust(_RESET_VECTOR, b"\xf4") + _JUMP
    with tempfile.NamedTemporaryFile(prefix=scratch_prefix("probe")) as file:
        file.write(bios.ljust(_BIOS_SIZE, b"\xf4"))
        file.flush()
        machine = ["-display", "none", "-nodefaults", "-no-reboot", "-m", "16", "-bios", file.name]
        try:
            run([*QEMU, *machine], timeout_s=PROBE_S)
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
