"""Who measures on this host: a note that its process keeps in memory, so that it goes with it.

The note is a memory file (memfd_create(2)), found among the descriptors of the process that holds
the host's lock. It needs no path, is the same in every mount namespace, and cannot be left behind.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from bench.json_text import parsed

NAME = "bpf-timer-bench"
OWNER = "BENCH_OWNER"
"""Environment variable: whose measurement it is, such as the id of a fleet run."""
PROC = Path("/proc")
Publish = Callable[[bytes], None]
"""Shows a note where other namespaces see it, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A process that measures, as far as it is known.

    Attributes:
        since: When it got the host's lock, ISO 8601, UTC.
        owner: Whose measurement it is, by the environment variable OWNER.
        run: Folder of the run, once there is one.
    """

    pid: int | None = None
    since: str | None = None
    command: list[str] = field(default_factory=list)
    owner: str | None = None
    run: str | None = None

    def __str__(self) -> str:
        """What is known, one line."""
        known = [
            f"pid {self.pid or 'unknown'}",
            f"run {Path(self.run).name}" if self.run else "",
            f"of {self.owner}" if self.owner else "",
            f"since {self.since}" if self.since else "",
            shlex.join(self.command),
        ]
        return ", ".join(part for part in known if part)


class Note:
    """The note of this process."""

    def __init__(self, descriptor: int, publish: Publish) -> None:
        """Say who this is."""
        self._descriptor, self._publish = descriptor, publish
        self._holder = Holder(
            pid=os.getpid(),
            since=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            command=["bench", *sys.argv[1:]],
            owner=os.environ.get(OWNER) or None,
        )
        self._write()

    def tell_run(self, folder: Path) -> None:
        """Say where the run is, now that there is one."""
        self._holder = replace(self._holder, run=str(folder.resolve()))
        self._write()

    def _write(self) -> None:
        # It only ever gets longer, so nothing of an earlier text is left behind its end.
        text = json.dumps(asdict(self._holder)).encode()
        os.pwrite(self._descriptor, text, 0)
        self._publish(text)


@contextmanager
def note(publish: Publish = lambda text: None) -> Iterator[Note]:
    """Keep a note while the block runs."""
    descriptor = os.memfd_create(NAME)
    try:
        yield Note(descriptor, publish)
    finally:
        os.close(descriptor)


def holder_of(pid: int, proc: Path = PROC) -> Holder:
    """What a process noted; only its pid if it noted nothing, or may not be looked at."""
    try:
        for link in (proc / str(pid) / "fd").iterdir():
            if f"memfd:{NAME}" in os.readlink(link):
                return replace(holder_in(link.read_bytes()), pid=pid)
    except OSError:
        pass  # It is not ours, or ended meanwhile.
    return Holder(pid=pid)


def holder_in(text: bytes) -> Holder:
    """Who a note is of; unknown where it is cut off, or of a version that notes other things."""
    try:
        return Holder(**parsed(text))
    except (ValueError, TypeError):
        return Holder()
