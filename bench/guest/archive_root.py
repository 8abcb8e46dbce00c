"""Files for guests that cannot see the host's: Debian's Python and what bench needs besides.

It is made once for each architecture, by unpacking packages: nothing of it is run, so it may be of
an architecture that this machine does not execute.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.errors import BenchError, explained
from bench.guest import disk_image
from bench.guest.apt import DOWNLOAD_S, SPACE, Archive, Say
from bench.guest.python_packages import FOLDER, put, versions
from bench.installation import cache_dir
from bench.process import run

RELEASES = {11: "bookworm", 13: "trixie"}
"""Debian's release with Python 3.x: guests have that of the host, which compiles for them."""
PACKAGES = (
    *("base-files", "bash", "busybox-static", "coreutils", "dash", "findutils", "grep", "iproute2"),
    *("kmod", "libbpf1", "libc-bin", "libstdc++6", "mount", "procps", "python3", "sed"),
    *("util-linux",),
)
MERGED = ("bin", "sbin", "lib")
"""Links to folders of /usr, which no package has."""
UNPACK = 'dpkg --fsys-tarfile "$1" | tar -x --keep-directory-symlink --no-same-owner -C "$2"'
"""dpkg -x would put folders in the place of those links."""
SIZE_MIB = 1536
COMPILE_S = 600.0
PASSWD = "root:x:0:0:root:/root:/bin/bash\n"


@dataclass(frozen=True, slots=True)
class Root:
    """Files of an architecture.

    Attributes:
        image: Disk with an ext4 file system.
        busybox: A static one, of the same architecture.
    """

    image: Path
    busybox: Path


def root(arch: str, say: Say) -> Root:
    """The files for guests of an architecture, made unless the cache has them.

    Raises:
        BenchError: Packages cannot be fetched, or there is no space for them.
    """
    archive = Archive(arch, say)
    with archive.locked():
        folder = cache_dir() / "guest-roots" / f"{arch}-{_release()}-{_key()}"
        if not folder.is_dir():
            archive.refresh()
            say(f"making the files of guests for {arch}: Debian's {_release()}, once")
            _make(archive, folder)
    return Root(folder / "root.ext4", folder / "busybox")


def _release() -> str:
    """The release with the host's Python.

    Raises:
        BenchError: None has.
    """
    minor = sys.version_info.minor
    if minor not in RELEASES:
        known = " or ".join(f"3.{number}" for number in RELEASES)
        raise BenchError(
            f"guests that cannot see the host's files need Python {known}; this is 3.{minor}",
            remedy="Make the venv with /usr/bin/python3 of Debian 12 or 13",
        )
    return RELEASES[minor]


def _key() -> str:
    parts = repr((PACKAGES, MERGED, UNPACK, SIZE_MIB, sorted(versions().items())))
    return hashlib.sha256(parts.encode()).hexdigest()[:12]


def _make(archive: Archive, folder: Path) -> None:
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)  # Of a process that was killed: we have the lock.
    try:
        with explained(f"keep files for guests in {folder.parent}", remedy=SPACE):
            files = partial / "files"
            files.mkdir(parents=True)
            _unpack(archive, files, partial / "packages")
            put(files, archive.arch)
            _compile(files)
            shutil.copy(files / "bin/busybox", partial / "busybox")
            disk_image.make(files, partial / "root.ext4", SIZE_MIB)
            shutil.rmtree(files)
            partial.replace(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _unpack(archive: Archive, files: Path, packages: Path) -> None:
    for name in MERGED:
        (files / "usr" / name).mkdir(parents=True)
        (files / name).symlink_to(f"usr/{name}")
    (packages / "partial").mkdir(parents=True)
    archive.download_all(PACKAGES, _release(), packages)
    for package in sorted(packages.glob("*.deb")):
        run(["sh", "-c", UNPACK, "sh", package, files], timeout_s=DOWNLOAD_S, remedy=SPACE)
    shutil.rmtree(packages)
    (files / "etc/passwd").write_text(PASSWD)
    for name in ("proc", "sys", "dev", "run", "tmp", "root"):
        (files / name).mkdir(exist_ok=True)


def _compile(files: Path) -> None:
    """Byte-compile for the guest, which would take minutes where it is emulated."""
    where = [files / FOLDER.lstrip("/"), *(files / "usr/lib").glob("python3*")]
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "compileall",
        "-qq",
        "-s",
        files,
        "-p",
        "/",
        *where,
    ]
    run(["sh", "-c", '"$@" || :', "sh", *command], timeout_s=COMPILE_S)  # Some are for Python 2.
