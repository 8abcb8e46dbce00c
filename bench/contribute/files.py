"""The files of a folder that somebody sent: which, and how large. Nothing of it is opened."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from pathlib import Path

from bench.contribute.finding import Finding
from bench.store.packed import packed

LARGEST = {"run.json": 1 << 20, "trials.jsonl": 64 << 20}
"""Bytes; the largest published ones have a tenth of it."""
RUN_ID = re.compile(r"\d{8}T\d{6}Z-[A-Za-z0-9._-]+")


def of_files(folder: Path) -> Iterator[Finding]:
    """What is wrong with the two files that are read; others are not taken over."""
    if not RUN_ID.fullmatch(folder.resolve().name):
        yield Finding(str(folder), "is not named as a run is: <time>-<host>-<sweep>")
    for name, most in LARGEST.items():
        path = folder / name
        try:
            found = path.lstat()
        except OSError as error:
            kept = packed(path)
            why = f"it is packed: gzip -d {kept}" if kept.exists() else error.strerror
            yield Finding(name, f"cannot be read: {why}")
            continue
        if not stat.S_ISREG(found.st_mode):
            yield Finding(name, "is not a file of its own, but a link or a device")
        elif found.st_size > most:
            yield Finding(name, f"has {found.st_size} bytes, {most} are the most that is read")
