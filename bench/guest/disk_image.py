"""Disks of guests as files with an ext4 file system, made and read without mounting them."""

from __future__ import annotations

import shutil
from pathlib import Path

from bench.errors import BenchError
from bench.process import CommandError, run

DISK_S = 300.0
INSTALL = "apt-get install e2fsprogs"
TOOLS = ("mke2fs", "e2fsck", "debugfs")
PATH = "/usr/sbin:/sbin:/usr/bin:/bin"
"""Of tools for the administrator, also where an ordinary user's lacks them."""
_FAST = "lazy_itable_init=1,lazy_journal_init=1,root_owner=0:0"


def check_tools() -> None:
    """See whether the tools are installed.

    Raises:
        BenchError: One is not.
    """
    missing = [tool for tool in TOOLS if shutil.which(tool, path=PATH) is None]
    if missing:
        raise BenchError(f"guests need {', '.join(missing)}, not installed", remedy=INSTALL)


def make(files: Path, image: Path, size_mib: int) -> None:
    """A disk with these files.

    Raises:
        CommandError: They do not fit, or there is no space.
    """
    command: list[str | Path] = [
        "mke2fs",
        "-q",
        "-F",
        "-t",
        "ext4",
        "-m",
        "0",
        "-E",
        _FAST,
        "-d",
        files,
    ]
    _run([*command, image, f"{size_mib}M"])


def read(image: Path, folder: str, into: Path) -> None:
    """Copy a folder of a disk, whose guest may have died, into an existing folder.

    Raises:
        CommandError: It cannot be read.
    """
    try:
        _run(["e2fsck", "-f", "-y", image])
    except CommandError:
        pass  # Its exit code says that something was repaired.
    back = into / f".{image.name}"
    back.mkdir()
    try:
        _run(["debugfs", "-R", f"rdump {folder} {back}", image])
        shutil.copytree(back / folder.rpartition("/")[2], into, dirs_exist_ok=True)
    finally:
        shutil.rmtree(back)


def _run(command: list[str | Path]) -> None:
    tool, *rest = command
    run(["env", f"PATH={PATH}", tool, *rest], timeout_s=DISK_S, remedy=INSTALL)
