"""What came compiled with the tool, so that a host needs neither compiler nor headers.

``make dist`` compiles it into the wheel, named by what it was made of. BPF objects do not depend on
the kernel (CO-RE) or on the architecture; programs in user space are of one architecture, and
linked statically. Whoever has a compiler and asks for it by
``$BENCH_CLANG`` gets the sources beside them compiled instead.

A guest gets such a folder from its host, named by ``$BENCH_OBJECTS``: it has no compiler, or not
the same.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from bench.identity import OBJECTS, PACKAGE

FOLDER = PACKAGE / OBJECTS
COMPILER = "compiler.txt"
"""In the folder: first line of what its compiler says of itself."""
PASSED = "BENCH_OBJECTS"
"""Environment variable with the folder of what the host of this guest has compiled for it."""
DIGITS = 32


def key_of(source: Path, headers: Iterable[Path], defines: Sequence[str]) -> str:
    """Names what is compiled by its sources: whoever changes one gets another name.

    Args:
        source: The C file.
        headers: The project's own that it may include, in a fixed order.
        defines: Names that the compiler defines.
    """
    digest = hashlib.sha256("\0".join(defines).encode())
    for path in (source, *headers):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:DIGITS]


def found(name: str) -> Path | None:
    """What the host passed by this name, or what was shipped.

    None in a checkout, or where ``$BENCH_CLANG`` is set.
    """
    given = os.environ.get(PASSED)
    if given and (path := Path(given) / name).is_file():
        return path
    path = FOLDER / name
    return path if not os.environ.get("BENCH_CLANG") and path.is_file() else None


def passed() -> bool:
    """Whether this is a guest that gets from its host whatever is compiled."""
    return bool(os.environ.get(PASSED))


def compiler() -> str | None:
    """What made the shipped objects; None where none are used."""
    path = found(COMPILER)
    return path.read_text().strip() if path else None


def write(folder: Path, objects: Iterable[tuple[str, Path]], made_by: str) -> list[Path]:
    """Fill a folder that is to be shipped.

    Args:
        folder: Made; what it had is removed.
        objects: Name to have and the compiled file, each.
        made_by: First line of the compiler's version.

    Returns:
        The files in the folder, executable where they were.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / COMPILER).write_text(made_by + "\n")
    return [Path(shutil.copy(path, folder / name)) for name, path in objects]
