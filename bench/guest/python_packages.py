"""The Python packages that bench needs, for guests: of this venv, or as wheels of pip's index."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Sequence
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from bench.guest import architecture, pyhdrh
from bench.process import run

FOLDER = "/opt/bench"
"""Where a guest has them."""
BENCH = "bpf-timer-bench"
NO_WHEEL = "hdrhistogram"
"""Has none for arm64: a part of it in C, for which ``pyhdrh`` stands in."""
PIP_S = 900.0
_NAME = re.compile(r"[\w.-]+")
_MANYLINUX = range(17, 37)
"""Versions of the C library up to that of Debian 12."""


def versions() -> dict[str, str]:
    """What bench needs, by name, as this venv has it."""
    return {name: found.version for name, found in _needed().items()}


def _needed() -> dict[str, Distribution]:
    found: dict[str, Distribution] = {}
    asked = [BENCH]
    while asked:
        name = re.sub(r"[-_.]+", "-", asked.pop()).lower()
        if name in found:
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            continue  # Of another version of Python, or of the wheel that bench was not.
        wanted = (text for text in found[name].requires or () if "extra ==" not in text)
        asked += [match[0] for match in map(_NAME.match, wanted) if match]
    return found


def put(files: Path, arch: str) -> None:
    """Put them into the files of guests of an architecture.

    Raises:
        CommandError: pip cannot fetch one.
    """
    target = files / FOLDER.lstrip("/")
    target.mkdir(parents=True)
    needed = _needed()
    if arch == architecture.here():
        copied = list(needed)
    else:
        copied = [name for name in (BENCH, NO_WHEEL) if name in needed]
        shutil.copy(pyhdrh.__file__, target / "pyhdrh.py")
        _fetch(
            [f"{name}=={needed[name].version}" for name in needed if name not in copied],
            target,
            arch,
        )
    for name in copied:
        _copy(needed[name], target, compiled=arch == architecture.here())


def _copy(found: Distribution, target: Path, *, compiled: bool) -> None:
    for file in found.files or ():
        source = Path(str(found.locate_file(file)))
        if file.parts[0] == ".." or not source.is_file() or file.suffix == ".pth":
            continue
        if compiled or file.suffix != ".so":
            place = target / file
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, place)


def _fetch(wanted: Sequence[str], target: Path, arch: str) -> None:
    machine = architecture.KNOWN[arch].machine
    platforms = [f"manylinux_2_{number}_{machine}" for number in _MANYLINUX]
    command = [
        *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile"),
        *("--only-binary=:all:", "--implementation=cp", f"--target={target}"),
        f"--python-version=3.{sys.version_info.minor}",
        *(f"--platform={name}" for name in (f"manylinux2014_{machine}", *platforms)),
    ]
    remedy = "Look at the network, and at pip's index (pip config list)"
    run([*command, *wanted], timeout_s=PIP_S, remedy=remedy)
