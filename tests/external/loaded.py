"""The programs of this folder, loaded by bpftool and pinned until they are not needed."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.host.mounts import find_mounts
from bench.libbpf import raw
from bench.libbpf.compiler import compiled
from bench.libbpf.ffi import lib, zero
from bench.libbpf.known import pinned_map_id
from tests.orphans import name_of

SOURCES = Path(__file__).resolve().parent
TICK_NS = 4_000_000
"""Of the timer of each CPU of percpu_tick."""
KEY_BYTES = 8
"""No key of these programs is longer."""


class External:
    """Pins of one program and its maps, in a folder of bpffs."""

    def __init__(self, name: str, folder: Path) -> None:
        """Load and pin; the loader is gone afterwards."""
        self.folder = folder
        loaded = str(compiled(str(SOURCES / f"{name}.bpf.c")))
        maps, program = str(folder / "maps"), str(folder / "prog")
        command = ["bpftool", "prog", "load", loaded, program, "pinmaps", maps]
        subprocess.run(command, check=True, capture_output=True)

    def run(self, packet: bytes = b"", *, cpu: int | None = None) -> int:
        """Run the program once; its return value."""
        fd, usual = lib().bpf_obj_get(str(self.folder / "prog").encode()), os.sched_getaffinity(0)
        try:
            os.sched_setaffinity(0, usual if cpu is None else {cpu})
            return raw.test_run(fd, packet)
        finally:
            os.sched_setaffinity(0, usual)
            os.close(fd)

    def map_id(self, name: str) -> int:
        """Id of a map."""
        found = pinned_map_id(str(self.folder / "maps" / name))
        assert found
        return found

    def empty(self, name: str) -> None:
        """Delete all entries of a map, which cancels their timers while the map has its id."""
        fd = lib().bpf_obj_get(str(self.folder / "maps" / name).encode())
        key = ctypes.create_string_buffer(KEY_BYTES)
        try:
            while lib().bpf_map_get_next_key(fd, None, key) == 0:
                zero(lib().bpf_map_delete_elem(fd, key), "BPF_MAP_DELETE_ELEM")
        finally:
            os.close(fd)

    def unpin(self) -> None:
        """Let go of everything."""
        shutil.rmtree(self.folder)


@contextmanager
def externals() -> Iterator[Callable[[str], External]]:
    """What loads one by its name; all are unpinned when the block ends."""
    bpffs = find_mounts().bpffs
    assert bpffs, "no bpf file system is mounted"
    made: list[External] = []

    def load(name: str) -> External:
        folder = bpffs / name_of(str(len(made)))
        folder.mkdir()
        made.append(External(name, folder))
        return made[-1]

    try:
        yield load
    finally:
        for each in made:
            if each.folder.exists():
                each.unpin()
