"""The programs of ``tests/external``, loaded by bpftool and pinned until the test ends."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench.host.mounts import find_mounts
from bench.libbpf import raw
from bench.libbpf.compiler import compiled
from bench.libbpf.ffi import lib, zero
from bench.libbpf.known import pinned_map_id
from tests.kernel.conftest import require

SOURCES = Path(__file__).resolve().parents[2] / "external"
TIMERS = 2_000
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


@pytest.fixture
def external(reserve: Callable[[int], None]) -> Iterator[Callable[[str], External]]:
    bpffs = find_mounts().bpffs
    require(None if bpffs else "no bpf file system is mounted")
    assert bpffs
    reserve(TIMERS)
    made: list[External] = []

    def load(name: str) -> External:
        folder = bpffs / f"bench-test-{os.getpid()}-{len(made)}"
        folder.mkdir()
        made.append(External(name, folder))
        return made[-1]

    yield load
    for each in made:
        if each.folder.exists():
            each.unpin()
