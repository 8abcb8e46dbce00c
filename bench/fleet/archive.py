"""A host's run as it comes to the controller: an archive that counts only if it is whole."""

from __future__ import annotations

import hashlib
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from bench.errors import BenchError
from bench.fleet.read import BEFORE, UNPACKING
from bench.store import RunFolder


def take(archive: Path, folder: Path, *, size_bytes: int, sha256: str) -> Path:
    """Check an archive, and unpack the run in it below a host's folder; the archive goes.

    What was there of the run stays until the new copy is whole, and then gives way to it.

    Args:
        archive: A tar file on the controller, with one run's folder in it.
        folder: The host's.
        size_bytes: What the host says of the archive, as ``sha256``.

    Returns:
        The run's folder.

    Raises:
        BenchError: It is not what the host sent, or cannot be unpacked; names path and host.
    """
    try:
        _check(archive, size_bytes, sha256, host=folder.name)
        with _partial(folder) as partial:
            _unpack(archive, partial)
            (run,) = partial.iterdir()
            RunFolder.open(run).read()
            return _replace(run, folder / run.name)
    except OSError as error:
        raise BenchError(
            f"cannot unpack the records of {folder.name} into {folder}: {error.strerror}",
            remedy="Free some space there; they are still on the host",
        ) from error
    except (tarfile.TarError, ValueError, EOFError) as error:
        raise BenchError(f"the archive of {folder.name} has no run in it: {error}") from error
    finally:
        archive.unlink(missing_ok=True)


def _check(archive: Path, size_bytes: int, sha256: str, *, host: str) -> None:
    if not archive.exists():
        problem = f"the records of {host} did not come to {archive.parent}"
        raise BenchError(problem, remedy="They are still on the host; is there space left here?")
    size = archive.stat().st_size
    if size != size_bytes:
        problem = f"{archive} of {host} has {size} of {size_bytes} bytes"
        raise BenchError(problem, remedy="Run the playbook again: it is fetched anew")
    with archive.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        problem = f"{archive} of {host} has another SHA-256 than on the host"
        raise BenchError(problem, remedy="Run the playbook again: it is fetched anew")


def _unpack(archive: Path, into: Path) -> None:
    """Plain files and folders only, and none that would lie elsewhere."""
    with tarfile.open(archive) as tar:
        members = tar.getmembers()
        for member in members:
            path = PurePosixPath(member.name)
            if path.is_absolute() or ".." in path.parts or not (member.isfile() or member.isdir()):
                raise tarfile.TarError(f"{member.name} is no file of a run")
        # The filter is not in every Python 3.11.
        tar.extraction_filter = getattr(tarfile, "data_filter", lambda member, path: member)
        tar.extractall(into, members)


@contextmanager
def _partial(folder: Path) -> Iterator[Path]:
    """A folder beside the runs, gone at the end; what a killed controller left goes first."""
    for left in folder.glob(f"{UNPACKING}*"):
        _put_back(left, folder)
        shutil.rmtree(left)
    with tempfile.TemporaryDirectory(dir=folder, prefix=UNPACKING) as name:
        try:
            yield Path(name)
        finally:
            _put_back(Path(name), folder)


def _put_back(left: Path, folder: Path) -> None:
    """A copy that had been set aside, if it is the only one."""
    for before in left.glob(f"{BEFORE}/*"):
        if not (folder / before.name).exists():
            before.rename(folder / before.name)


def _replace(run: Path, there: Path) -> Path:
    """Set aside what is there, where readers find it as long as nothing is in its place."""
    if there.exists():
        aside = run.parent / BEFORE
        aside.mkdir()
        there.rename(aside / there.name)
    run.rename(there)
    return there
