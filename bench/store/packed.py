"""Records that were packed by ``gzip``, to be kept: a third of the bytes."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from bench.errors import BenchError
from bench.store.disk import write_atomically

SUFFIX = ".gz"
MOST_BYTES = 64 << 20
"""Unpacked: the largest published records have a sixtieth of it."""


def packed(file: Path) -> Path:
    """Where a file is when it is packed."""
    return file.with_name(file.name + SUFFIX)


def content(file: Path) -> bytes:
    """Of a file, or of the packed one where only that is there; empty without either.

    Raises:
        BenchError: The packed one cannot be unpacked, or holds more than is read at once.
    """
    if file.exists():
        return file.read_bytes()
    path = packed(file)
    if not path.exists():
        return b""
    try:
        with gzip.open(path) as archive:
            data = archive.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise BenchError(f"{path} cannot be unpacked: {error}", remedy=_COPY) from error
    if len(data) > MOST_BYTES:
        problem = f"{path} holds over {MOST_BYTES:,} bytes, which are not read at once"
        raise BenchError(problem, remedy=f"Unpack it: gzip -d {path}")
    return data


_COPY = "Take it from a copy, as the run's other files"


def unpack(file: Path) -> None:
    """Have the plain file in the place of the packed one, if only that is there.

    Raises:
        BenchError: As of :func:`content`, or it cannot be written.
    """
    if not file.exists() and packed(file).exists():
        write_atomically(file, content(file))
    packed(file).unlink(missing_ok=True)
