"""What may be left behind, kind by kind. A kind is a function and a line in :data:`KINDS`."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from bench.clean.leftover import Leftover
from bench.host import netns
from bench.host.mounts import find_mounts
from bench.host.owner import PROC, lives, scratch_owner
from bench.host.printk_event import EVENT
from bench.installation import cache_dir
from bench.process import run

HALF_WRITTEN = ("*.tmp", "kernels/*.partial", "guest-kernels/*.partial")
"""In the cache: names that end with the writer's pid and one of these."""
GUEST = "guest"
LAB_MAKING = Path("/run/bpf-timer-bench-lab.making")
"""There while lab/up.sh works; only root can write there."""


def namespaces(folder: Path = netns.RUN_DIR) -> Iterator[Leftover]:
    """Network namespaces of flows and of their load, with the interfaces in them."""
    for path in _listed(folder):
        pid = netns.owner(path.name)
        if pid is not None and _is_left(path, pid):
            remove = partial(_remove_namespace, path.name)
            yield Leftover(kind="network namespace", name=path.name, pid=pid, remove=remove)


def _remove_namespace(name: str) -> None:
    """With iproute2's own mount, which the first namespace brought and nobody uses any more."""
    netns.remove(netns.Namespace(name))
    netns.unmount_empty()


def guests(proc: Path = PROC) -> Iterator[Leftover]:
    """Virtual machines that nobody waits for: their temporary folder names who did."""
    for path in proc.glob("[0-9]*/environ"):
        with suppress(OSError):  # It has ended, or is not ours to look at.
            words = path.read_bytes().split(b"\0")
            name = next((os.fsdecode(w) for w in words if w.startswith(b"TMPDIR=")), "")
            owner = scratch_owner(Path(name).name) if GUEST in name else None
            if owner is not None and not _lives_since(owner, path):
                guest = path.parent.name
                remove = partial(_kill, int(guest))
                yield Leftover(kind="process of a guest", name=guest, pid=owner, remove=remove)


def folders(parent: Path | None = None) -> Iterator[Leftover]:
    """Temporary folders."""
    for path in _listed(parent or Path(tempfile.gettempdir())):
        pid = scratch_owner(path.name)
        if pid is not None and _is_left(path, pid):
            yield Leftover(
                kind="temporary folder" if path.is_dir() else "temporary file",
                name=str(path),
                pid=pid,
                remove=partial(_delete, path),
            )


def trace_instances(tracefs: Path | None = None) -> Iterator[Leftover]:
    """Trace instances of demos."""
    root = tracefs or find_mounts().tracefs
    for path in _listed(root / "instances") if root else ():
        pid = scratch_owner(path.name)
        if pid is not None and _is_left(path, pid):
            remove = partial(remove_instance, path)
            yield Leftover(kind="trace instance", name=path.name, pid=pid, remove=remove)


def remove_instance(path: Path) -> None:
    """Remove a trace instance whose events may still be recorded."""
    if path.exists():
        (path / EVENT).write_text("0")
        path.rmdir()


def half_written(cache: Path | None = None) -> Iterator[Leftover]:
    """Objects and kernels in the cache that are not whole."""
    where = cache or cache_dir()
    for path in (found for pattern in HALF_WRITTEN for found in where.glob(pattern)):
        number = path.stem.rpartition(".")[2]
        if number.isdecimal() and _is_left(path, int(number)):
            remove = partial(_delete, path)
            name = str(path)
            yield Leftover(kind="half-written file", name=name, pid=int(number), remove=remove)


def labs(making: Path = LAB_MAKING) -> Iterator[Leftover]:
    """A lab that is half made; its maker wrote down its pid, the folder, and what undoes it."""
    with suppress(OSError, ValueError):
        pid, folder, undo = making.read_text().split("\n")[:3]
        if _is_left(making, int(pid)):
            remove = partial(_take_down, undo, folder)
            yield Leftover(kind="half-made lab", name=folder, pid=int(pid), remove=remove)


def _take_down(undo: str, folder: str) -> None:
    run([undo], env={**os.environ, "LAB": folder})


KINDS: tuple[Callable[[], Iterator[Leftover]], ...] = (
    guests,  # They hold namespaces and folders.
    namespaces,
    trace_instances,
    folders,
    half_written,
    labs,
)


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return []


def _is_left(path: Path, pid: int) -> bool:
    with suppress(FileNotFoundError):
        return not lives(pid, path.stat(follow_symlinks=False).st_mtime)
    return False


def _lives_since(pid: int, environment: Path) -> bool:
    """A process of a guest begins after its owner; its folder in /proc may be read later."""
    return lives(pid, environment.stat().st_mtime)


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
