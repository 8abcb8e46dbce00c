"""How a guest is started and gets its files: what every way of doing so offers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bench.guest.images import Image
from bench.record import Virtual


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The guest that is wanted.

    Attributes:
        image: The kernel.
        shared: Folder with the request, for the answer; the same path in the guest.
        cpus: Number of CPUs.
        memory_mib: Memory.
        parameters: Additional parameters of the kernel.
        qemu: Additional options of QEMU.
        virtual: How it is executed.
        name: For ``uname -n``.
    """

    image: Image
    shared: Path
    cpus: int
    memory_mib: int
    parameters: tuple[str, ...]
    qemu: tuple[str, ...]
    virtual: Virtual
    name: str

    @property
    def threads(self) -> tuple[str, ...]:
        """QEMU's options for the threads that execute the guest's CPUs."""
        alone = self.virtual is Virtual.KVM or "-icount" in self.qemu  # That has one by itself.
        return () if alone else ONE_THREAD


ONE_THREAD = ("-accel", "tcg,thread=single")
"""With a thread for each CPU, QEMU may execute an int3 that the kernel has taken out of its text
meanwhile: 7.3 died so in each of two guests with two CPUs, ``Oops: int3``."""


@dataclass(frozen=True, slots=True)
class Started:
    """A command that boots a guest, with its whole environment."""

    command: Sequence[str]
    env: Mapping[str, str]


class Boot(Protocol):
    """A way to start a guest and to give it files."""

    @property
    def python(self) -> str:
        """Path of Python in the guest."""
        ...

    @property
    def path(self) -> str:
        """Where Python finds bench in the guest."""
        ...

    def check(self) -> None:
        """See whether this host has what it takes.

        Raises:
            BenchError: A program is not installed.
        """
        ...

    def prepared(self, wanted: Wanted, scratch: Path) -> Started:
        """Make ready what it takes; ``scratch`` is a folder that will be removed.

        Raises:
            BenchError: It cannot be made.
        """
        ...

    def heard(self, wanted: Wanted, file: str) -> str:
        """What the guest's command has written to a file of the shared folder so far."""
        ...

    def collect(self, wanted: Wanted, scratch: Path) -> None:
        """Bring what the guest has written to the shared folder; it has ended."""
        ...


def monitor(scratch: Path) -> tuple[str, str]:
    """QEMU's options for its monitor."""
    return "-monitor", f"unix:{monitor_path(scratch)},server=on,wait=off"


def monitor_path(scratch: Path) -> Path:
    """The monitor's socket."""
    return scratch / "monitor"
