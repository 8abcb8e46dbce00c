"""What a guest that has disks needs of its kernel: first files, and a disk with its modules."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.errors import explained
from bench.guest import disk_image
from bench.guest.apt import SPACE
from bench.guest.contents import module_folders
from bench.guest.images import Image
from bench.guest.initramfs import INIT, MODPROBE, in_order, initramfs, module, module_name
from bench.installation import cache_dir
from bench.process import run

DEPMOD_S = 300.0
MIB = 1 << 20
_SPARE_MIB = 64


@dataclass(frozen=True, slots=True)
class KernelFiles:
    """Files of a kernel.

    Attributes:
        initramfs: Archive with the first files.
        modules: Disk with an ext4 file system; None if the kernel has no modules.
    """

    initramfs: Path
    modules: Path | None


def kernel_files(image: Image, busybox: Path) -> KernelFiles:
    """The files of a kernel, made unless the cache has them.

    Raises:
        BenchError: They cannot be made, or kept.
    """
    text = f"{image.identity}\0{INIT}\0{MODPROBE}".encode() + busybox.read_bytes()
    folder = cache_dir() / "guest-kernels" / hashlib.sha256(text).hexdigest()[:16]
    if not folder.is_dir():
        partial = folder.with_name(f"{folder.name}.{os.getpid()}.partial")
        with explained(f"keep files of {image.name} in {folder.parent}", remedy=SPACE):
            try:
                partial.mkdir(parents=True)
                _make(image.kernel, busybox, partial)
                if not folder.is_dir():
                    partial.replace(folder)
            finally:
                shutil.rmtree(partial, ignore_errors=True)
    disk = folder / "modules.ext4"
    return KernelFiles(folder / "initramfs", disk if disk.exists() else None)


def _make(kernel: Path, busybox: Path, folder: Path) -> None:
    needed: dict[str, bytes] = {}
    source = next((path for path in module_folders(kernel) if (path / "kernel").is_dir()), None)
    if source is not None:
        files = folder / "files" / source.name
        _with_dependencies(source, files, folder / "depmod")
        for path in in_order((files / "modules.dep").read_text()):
            needed[module_name(path)] = module(files / path)
        disk_image.make(files.parent, folder / "modules.ext4", _size_mib(files))
        shutil.rmtree(files.parent)
    (folder / "initramfs").write_bytes(initramfs(busybox.read_bytes(), needed))


def _with_dependencies(source: Path, files: Path, scratch: Path) -> None:
    """Copy a kernel's modules, with the lists that depmod makes of them."""
    shutil.copytree(source, files, ignore=shutil.ignore_patterns("vmlinu*", "System.map", "build"))
    base = scratch / "lib" / "modules"
    base.mkdir(parents=True)
    (base / source.name).symlink_to(files)
    command: list[str | Path] = ["env", f"PATH={disk_image.PATH}", "depmod", "-b", scratch]
    run([*command, source.name], timeout_s=DEPMOD_S, remedy="apt-get install kmod")
    shutil.rmtree(scratch)


def _size_mib(files: Path) -> int:
    return sum(_rounded(path) for path in _files(files)) * 9 // 8 // MIB + _SPARE_MIB


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _rounded(path: Path) -> int:
    """Size on a disk with blocks of 4 KiB, and of the inode."""
    return -(-path.stat().st_size // 4096) * 4096 + 4096
