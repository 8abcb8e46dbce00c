"""The architectures that guests can have, and what QEMU needs for each. Data."""

from __future__ import annotations

import platform
from dataclasses import dataclass

from bench.process import run


@dataclass(frozen=True, slots=True)
class Architecture:
    """One of them.

    Attributes:
        debian: Debian's name of it.
        machine: The kernel's.
        qemu: The program that emulates it.
        package: Debian's package of that program.
        console: The serial port's device.
        board: QEMU's machine.
        cpu: QEMU's model of a CPU, where it is emulated.
        parameters: Of the kernel, where it is emulated.
    """

    debian: str
    machine: str
    qemu: str
    package: str
    console: str
    board: str
    cpu: str
    parameters: tuple[str, ...] = ()


KNOWN = {
    "amd64": Architecture(
        debian="amd64",
        machine="x86_64",
        qemu="qemu-system-x86_64",
        package="qemu-system-x86",
        console="ttyS0",
        board="q35",
        cpu="max",
    ),
    "arm64": Architecture(
        debian="arm64",
        machine="aarch64",
        qemu="qemu-system-aarch64",
        package="qemu-system-arm",
        console="ttyAMA0",
        board="virt",
        cpu="cortex-a72",
        # Else each exception empties QEMU's TLB twice: decision 31.
        parameters=("kpti=off",),
    ),
}


def here() -> str:
    """Debian's name of this machine's."""
    return run(["dpkg", "--print-architecture"]).strip()


def machine_of(arch: str) -> str:
    """The kernel's name of an architecture; empty = this machine's."""
    return KNOWN[arch].machine if arch else platform.machine()
