"""A guest with disks of its own, booted by QEMU: where it cannot see, or run, the host's files."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from bench.errors import BenchError
from bench.guest import architecture, disk_image, exchange
from bench.guest.archive_root import root
from bench.guest.boot import Started, Wanted, monitor
from bench.guest.host_files import CODE as CODE_HERE
from bench.guest.initramfs import CODE, NAME, PYTHON, SHARED
from bench.guest.kernel_files import kernel_files
from bench.libbpf.compiler import source_dir
from bench.record import Virtual

WORK_MIB = 1024
BACK = "/shared"


class OwnFiles:
    """A root file system made for guests, the kernel's modules, and a copy of the shared folder.

    Args:
        arch: Debian's name of the guest's architecture.
        say: Is told what takes long.
    """

    python = PYTHON
    path = f"{CODE}:/opt/bench"

    def __init__(self, arch: str, say: Callable[[str], None]) -> None:
        """Nothing is made yet."""
        self._arch, self._say = architecture.KNOWN[arch], say

    def check(self) -> None:
        """See :meth:`bench.guest.boot.Boot.check`."""
        disk_image.check_tools()
        if shutil.which(self._arch.qemu) is None:
            raise BenchError(
                f"guests need {self._arch.qemu}, not installed",
                remedy=f"apt-get install {self._arch.package}",
            )

    def prepared(self, wanted: Wanted, scratch: Path) -> Started:
        """Disks, and the command of QEMU."""
        files = root(self._arch.debian, self._say)
        kernel = kernel_files(wanted.image, files.busybox)
        work = _work(scratch)
        _fill(work, wanted.shared, scratch / "files")
        command = [
            *(self._arch.qemu, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"),
            *("-machine", self._arch.board, "-cpu", self._cpu(wanted.virtual)),
            *("-smp", str(wanted.cpus), "-m", f"{wanted.memory_mib}M", *wanted.threads),
            *("-serial", "stdio", *monitor(scratch)),
            *("-kernel", str(wanted.image.kernel), "-initrd", str(kernel.initramfs)),
            *("-append", self._parameters(wanted)),
            *_disk(files.image, "snapshot=on"),  # What a guest writes there is thrown away.
            *_disk(work, "cache=unsafe"),
            *(_disk(kernel.modules, "readonly=on") if kernel.modules else ()),
            *(("-accel", "kvm") if wanted.virtual is Virtual.KVM else ()),
            *wanted.qemu,
        ]
        return Started(command, {**os.environ, "TMPDIR": str(scratch)})

    def _cpu(self, virtual: Virtual) -> str:
        return "host" if virtual is Virtual.KVM else self._arch.cpu

    def _parameters(self, wanted: Wanted) -> str:
        own = (f"console={self._arch.console}", "panic=-1")
        emulated = self._arch.parameters if wanted.virtual is Virtual.EMULATED else ()
        passed = (f"{SHARED}={wanted.shared}", f"{NAME}={wanted.name}")
        return " ".join((*own, *emulated, *wanted.parameters, *passed))

    def heard(self, wanted: Wanted, file: str) -> str:
        """The guest repeats on its console what commands say; of which file, it does not tell."""
        return (wanted.shared / exchange.CONSOLE).read_text(errors="replace")

    def collect(self, wanted: Wanted, scratch: Path) -> None:
        """Copy the shared folder back from the guest's disk."""
        disk_image.read(_work(scratch), BACK, wanted.shared)


def _work(scratch: Path) -> Path:
    return scratch / "work.ext4"


def _disk(image: Path, how: str) -> tuple[str, str]:
    return "-drive", f"file={image},if=virtio,format=raw,{how}"


def _fill(work: Path, shared: Path, files: Path) -> None:
    """The shared folder as it is, and the code of bench."""
    shutil.copytree(shared, files / BACK.lstrip("/"))
    shutil.copytree(CODE_HERE / "bench", files / "code" / "bench")
    if (sources := source_dir()).parent == CODE_HERE:
        shutil.copytree(sources, files / "code" / sources.name)
    disk_image.make(files, work, WORK_MIB)
    shutil.rmtree(files)
