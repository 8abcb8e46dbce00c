"""Kernels to boot: Debian's, fetched by apt into a cache, or a file."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.errors import BenchError, UsageError, explained, quoted
from bench.installation import cache_dir
from bench.process import run

DOWNLOAD_S = 900.0
_NAME = re.compile(r"debian:(?P<version>\d+\.\d+)(?P<rt>-rt)?")
_EXAMPLES = "debian:6.12, debian:6.12-rt or the path of a bzImage"


@dataclass(frozen=True, slots=True)
class Image:
    """A kernel that can be booted.

    Attributes:
        name: As it was asked for.
        source: Debian package, or the path.
        kernel: The kernel's file. Its modules, if any, lie in ``lib/modules`` of the folder above
            its own, as in a Debian package.
    """

    name: str
    source: str
    kernel: Path


def image(name: str) -> Image:
    """The image of that name; a Debian kernel is fetched if the cache has not got it.

    Args:
        name: ``debian:VERSION``, ``debian:VERSION-rt`` or the path of a bzImage.

    Raises:
        UsageError: Neither.
        BenchError: apt knows no such kernel, or cannot fetch it.
    """
    match = _NAME.fullmatch(name)
    if match:
        version = match["version"]
        package = newest([*_packages(version), *_cached()], version, rt=bool(match["rt"]))
        return Image(name, package, _fetched(package))
    path = Path(name)
    if not path.is_file():
        raise UsageError(f"no kernel {quoted(name)}", remedy=f"Write it like {_EXAMPLES}")
    return Image(name, str(path), path.resolve())


def _packages(version: str) -> list[str]:
    found = run(["apt-cache", "search", "--names-only", f"^linux-image-{re.escape(version)}[.]"])
    return [line.split(" ")[0] for line in found.splitlines()]


def _cached() -> list[str]:
    """Packages fetched before: enough where apt's lists are empty or there is no network."""
    return [path.name for path in _kernels().glob("linux-image-*")]


def _kernels() -> Path:
    return cache_dir() / "kernels"


def newest(packages: Iterable[str], version: str, *, rt: bool, arch: str = "") -> str:
    """The package of the newest signed kernel of a version, of the wanted flavour.

    Args:
        packages: Names to choose from.
        version: Such as ``6.12``.
        rt: Whether the kernel has to be one with PREEMPT_RT.
        arch: Debian's name of the architecture; empty = this host's.

    Raises:
        BenchError: There is none.
    """
    arch = arch or run(["dpkg", "--print-architecture"]).strip()
    flavour = f"rt-{arch}" if rt else arch
    # 6.1.0-56 or 6.12.117+deb12: no further word such as cloud, and none behind it such as dbg.
    wanted = re.compile(rf"linux-image-{re.escape(version)}\.\d+(-\d+)?([+~][\w.]+)?-{flavour}")
    fitting = [name for name in packages if wanted.fullmatch(name)]
    if not fitting:
        raise BenchError(
            f"apt knows no package linux-image-{version}.*-{flavour}",
            remedy="Run apt-get update, or add a source that has that kernel",
        )
    return max(fitting, key=lambda name: [int(part) for part in re.findall(r"\d+", name)])


def _fetched(package: str) -> Path:
    folder = _kernels() / package
    if not folder.is_dir():
        _fetch(package, folder)
    kernels = sorted((folder / "boot").glob("vmlinu[xz]-*"))
    if not kernels:
        raise BenchError(f"package {package} has no kernel", remedy=f"Remove {folder}, try again")
    return kernels[0]


def _fetch(package: str, folder: Path) -> None:
    partial = folder.with_name(f"{folder.name}.{os.getpid()}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    space = "Set XDG_CACHE_HOME to a folder with 1 GB of space"
    try:
        with explained(f"keep {package} in {folder.parent}", remedy=space):
            partial.mkdir(parents=True)
            remedy = "Run apt-get update, or look at the network"
            download = ["env", f"--chdir={partial}", "apt-get", "download", "--quiet", package]
            run(download, timeout_s=DOWNLOAD_S, remedy=remedy)
            for file in partial.glob("*.deb"):
                run(["dpkg", "-x", file, partial], timeout_s=DOWNLOAD_S)
                file.unlink()
            if not folder.is_dir():  # Somebody else may have fetched it meanwhile.
                partial.replace(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
