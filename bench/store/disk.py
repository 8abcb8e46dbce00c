"""Writing that survives a crash or fails with a clear message."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.errors import BenchError
from bench.signals import deferred


def check_writable(results_dir: Path, need_bytes: int) -> None:
    """Make the folder and try to allocate ``need_bytes`` in it, before anything is measured.

    Raises:
        BenchError: Not a folder, not writable, or too little space.
    """
    probe = results_dir / f".probe-{os.getpid()}"
    try:
        results_dir.mkdir(parents=True, exist_ok=True)
        with probe.open("wb") as file:
            try:
                os.posix_fallocate(file.fileno(), 0, max(need_bytes, 1))
            finally:
                probe.unlink()
    except OSError as error:
        raise unwritable(results_dir, error, f"{max(need_bytes >> 20, 1)} MiB") from error


def unwritable(path: Path, error: OSError, need: str) -> BenchError:
    """The error for a failed write of results, with the next step by errno."""
    remedies = {
        errno.ENOSPC: f"Free {need} there, or choose another results folder",
        errno.EDQUOT: f"Free {need} of the quota, or choose another results folder",
        errno.EEXIST: "It is a file; choose a folder for results",
        errno.ENOTDIR: "A part of the path is a file; choose a folder for results",
    }
    remedy = remedies.get(error.errno or 0, "Choose a writable results folder")
    return BenchError(f"cannot write results to {path}: {error.strerror}", remedy=remedy)


def write_atomically(path: Path, data: bytes) -> None:
    """Replace a file in one step: either the old or the new content survives a crash.

    Its folder is made if need be.

    Raises:
        BenchError: It cannot be written; the old content is kept.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        sync_folder(path.parent)
    except OSError as error:
        raise unwritable(path, error, "some space") from error


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep out others who would change what is in a folder; it is made if need be.

    The lock is on the folder itself: it leaves no file, and goes with the process.

    Raises:
        BenchError: The folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise unwritable(folder, error, "some space") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def sync_folder(path: Path) -> None:
    """Make creations and renames in a folder durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def append_or_undo(descriptor: int, line: bytes) -> None:
    """Add a line at the end of an open file and sync it, or leave the file as it was.

    A user's interruption waits: syncing may take a while, and who sees the line may rely on it.

    Raises:
        OSError: It cannot be written, or the file does not end with a whole line.
    """
    end = os.lseek(descriptor, 0, os.SEEK_END)
    if end and os.pread(descriptor, 1, end - 1) != b"\n":
        raise OSError(errno.EILSEQ, "its last line was cut off and is not repaired")
    with deferred():
        try:
            rest = memoryview(line)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            os.fsync(descriptor)
        except BaseException:
            # Half a line would spoil the next record; if this fails too, repair() finds it.
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, end)
            raise
