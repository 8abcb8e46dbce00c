"""Who holds a map: processes by a descriptor, and pins."""

from __future__ import annotations

import os
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench import abi
from bench.host.mounts import find_mounts
from bench.libbpf import compiler, raw
from bench.libbpf.iterate import records
from bench.libbpf.known import pinned_map_id
from bench.libbpf.object import BpfObject
from bench.resources import Resource

SOURCE = "watch/owners.bpf.c"
MOST_PINS = 10_000
"""Looked at; a bpf file system with more is searched no further."""


@dataclass(frozen=True, slots=True)
class Holder:
    """What keeps a map, and so its timers, alive.

    Attributes:
        pid: A process with a descriptor of it; None for a pin.
        name: The process's name, or the path of the pin.
    """

    pid: int | None
    name: str

    def __str__(self) -> str:
        """As a table shows it."""
        return self.name if self.pid is None else f"{self.name} ({self.pid})"


class Owners(Resource):
    """The loaded iterator over open files."""

    def _open(self) -> None:
        self._walker = self._held.enter_context(BpfObject(compiler.compiled(SOURCE)))
        self._walker.load()
        search = self._walker.map("search").fd
        wanted = np.array((0, search, 0), abi.HOLDER_SEARCH)
        raw.update(search, bytes(4), wanted.tobytes())
        # The first walk finds what to look for; the holders that it passes afterwards are not all.
        deque(self._files(), maxlen=0)

    def _files(self) -> Iterator[np.void]:
        program = self._walker.program_fd("list_holders")
        for chunk in records(program, abi.MAP_HOLDER):
            yield from chunk

    def holders(self) -> dict[int, tuple[Holder, ...]]:
        """Who holds which map, by the map's id; this process does not count."""
        found: dict[int, dict[Holder, None]] = defaultdict(dict)
        for row in self._files():
            if int(row["pid"]) != os.getpid():
                name = bytes(row["comm"]).decode(errors="replace")
                found[int(row["map"])][Holder(int(row["pid"]), name)] = None
        for number, path in pinned_maps():
            found[number][Holder(None, path)] = None
        return {number: tuple(each) for number, each in found.items()}


def pinned_maps() -> Iterator[tuple[int, str]]:
    """Id and path of each map that is pinned where bpf file systems usually are."""
    root = find_mounts().bpffs
    if root is None:
        return
    for number, path in enumerate(_files(root)):
        if number >= MOST_PINS:
            return
        with suppress(OSError):
            found = pinned_map_id(str(path))
            if found is not None:
                yield found, str(path)


def _files(root: Path) -> Iterator[Path]:
    for folder, _, names in os.walk(root):
        yield from (Path(folder) / name for name in names)
