"""Debian's kernels in the cache, each in a folder ``PACKAGE_VERSION``."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from bench.errors import BenchError, explained
from bench.guest.apt import DOWNLOAD_S, SPACE, Archive, Say
from bench.guest.packages import (
    Kernel,
    Wanted,
    described,
    fits,
    had,
    image_of,
    newest,
    version_key,
)
from bench.installation import cache_dir
from bench.process import run

MIB = 1 << 20


def debian(wanted: Wanted, arch: str, say: Say) -> tuple[str, Path]:
    """Source and file of the newest such kernel, fetched unless the cache has it.

    Raises:
        BenchError: Debian has none, or it cannot be fetched or kept.
    """
    archive = Archive(arch, say)
    with archive.locked():
        try:
            known = archive.kernels()
        except BenchError as error:
            kept = _newest_kept(wanted, arch)
            if kept is None:
                raise
            say(f"{wanted.name}: a kernel fetched before is used: {error.problem}")
            return kept
        kernel = had(newest(known, wanted), wanted, arch)
        folder = folder_of(kernel)
        if not folder.is_dir():
            say(f"{wanted.name}: fetching {kernel.source}, {kernel.size_bytes // MIB} MiB")
            _fetch(archive, kernel, folder)
    return kernel.source, kernel_in(folder)


def folder_of(kernel: Kernel) -> Path:
    """Where it is kept."""
    return _kernels() / f"{kernel.package}_{kernel.version}"


def _kernels() -> Path:
    return cache_dir() / "kernels"


def _newest_kept(wanted: Wanted, arch: str) -> tuple[str, Path] | None:
    found = [
        (version, package, folder)
        for package, version, folder in _kept()
        if (flavour := image_of(package, arch)) is not None and fits(version, flavour, wanted)
    ]
    if not found:
        return None
    version, package, folder = max(found, key=lambda item: version_key(item[0]))
    return described(package, version), kernel_in(folder)


def _kept() -> Iterator[tuple[str, str, Path]]:
    for folder in _kernels().glob("linux-image-*_*"):
        package, _, version = folder.name.partition("_")
        if not version.endswith(".partial"):
            yield package, version, folder


def kernel_in(folder: Path) -> Path:
    """The kernel's file.

    Raises:
        BenchError: There is none.
    """
    found = sorted((folder / "boot").glob("vmlinu[xz]-*"))
    if not found:
        raise BenchError(f"package {folder.name} has no kernel", remedy=f"Remove {folder}")
    return found[0]


def _fetch(archive: Archive, kernel: Kernel, folder: Path) -> None:
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)  # Of a process that was killed: we have the lock.
    try:
        with explained(f"keep {kernel.package} in {folder.parent}", remedy=SPACE):
            partial.mkdir(parents=True)
            _check_space(kernel, partial)
            archive.download(kernel.packages, partial)
            for file in partial.glob("*.deb"):
                run(["dpkg", "-x", file, partial], timeout_s=DOWNLOAD_S, remedy=SPACE)
                file.unlink()
            _arrange(partial)
            partial.replace(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _check_space(kernel: Kernel, folder: Path) -> None:
    free = os.statvfs(folder)
    free_bytes = free.f_bavail * free.f_frsize
    if free_bytes < kernel.space_bytes:
        raise BenchError(
            f"{kernel.source} needs {kernel.space_bytes // MIB:,} MiB; {folder.parent} has "
            f"{free_bytes // MIB:,} MiB",
            remedy=SPACE,
        )


def _arrange(folder: Path) -> None:
    """Lay out a kernel of 7.0 or later as those before: the kernel in boot, modules in lib."""
    (folder / "boot").mkdir(exist_ok=True)
    for kernel in (folder / "usr/lib/modules").glob("*/vmlinu[xz]"):
        link = folder / "boot" / f"{kernel.name}-{kernel.parent.name}"
        link.symlink_to(os.path.relpath(kernel, link.parent))
    if not (folder / "lib").exists():
        (folder / "lib").symlink_to("usr/lib")
