"""Many inputs of a kind, and what they found."""

from __future__ import annotations

import resource
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

from tests.fuzz.guard import finding
from tests.fuzz.kinds import Kind
from tests.fuzz.mutation import mutated

KEPT = Path(__file__).parent / "kept"
"""Inputs that once broke a rule, by kind; they are tried every time."""
MOST_KIB = 200 << 10
"""By which all inputs of a kind together may make this process larger."""


@dataclass(frozen=True, slots=True)
class Found:
    """An input that broke a rule, and how."""

    data: bytes
    how: str


def kept(kind: Kind) -> list[bytes]:
    """Inputs of earlier findings."""
    return [path.read_bytes() for path in sorted((KEPT / kind.name).glob("*"))]


def tried(kind: Kind, inputs: Iterator[bytes]) -> Iterator[Found]:
    """Read each input, and yield those that broke a rule."""
    first = _kib()
    for data in inputs:
        with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
            folder = Path(name, "results")
            folder.mkdir()
            how = finding(partial(kind.read, data, folder), folder)
            outside = [path.name for path in Path(name).iterdir() if path != folder]
            if outside:
                how += f"; it left {outside}"
        if not how and _kib() - first > MOST_KIB:
            how, first = f"memory grew to {_kib():,} KiB", _kib()
        if how:
            yield Found(data, how)


def inputs(kind: Kind, number: int, seed: int) -> Iterator[bytes]:
    """Mutations of real ones, the same for the same seed."""
    random, corpus = Random(f"{seed} {kind.name}"), list(kind.corpus())
    assert corpus, f"no example of {kind.name}"
    yield from corpus
    for _ in range(number):
        yield mutated(random, corpus)


def keep(kind: Kind, found: Found) -> Path:
    """Store an input, to be tried from now on."""
    folder = KEPT / kind.name
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{len(list(folder.iterdir())) + 1:03d}"
    path.write_bytes(found.data)
    return path


def _kib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
