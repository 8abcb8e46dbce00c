"""Sees what the kernel was set to while trials were measured, by means that are not the tool's."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from bench.units import NS_PER_S

SETTING = "proc/sys/kernel/timer_migration"
LOOK_S = 0.01
TICK_S = 0.02
"""Time stamps of files are as exact as the kernel's tick; a change may be seen a look later."""


class Witness:
    """Looks at a setting of each host, and at files of its trials as they grow, in the block.

    Args:
        tuned: What the setting is while it is tuned.
        roots: Root folders of the hosts.
        pattern: Files of trials below them.
    """

    def __init__(self, tuned: str, roots: Sequence[Path], pattern: str) -> None:
        """Nothing seen yet."""
        self.hosts = [_Host(root, tuned, pattern) for root in roots]
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Witness:
        """Look until the end of the block."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Look no more."""
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(LOOK_S):
            for host in self.hosts:
                host.look()

    def spoilt(self) -> list[str]:
        """Records of trials within which the setting was not as tuned, as far as that was seen."""
        return [line for host in self.hosts for line in spoilt(host.ends, host.changes)]


class _Host:
    """What was seen of one host."""

    def __init__(self, root: Path, tuned: str, pattern: str) -> None:
        self._root, self._tuned, self._pattern = root, tuned, pattern
        self.changes: list[tuple[float, bool]] = []
        self.ends: dict[str, float] = {}
        self._sizes: dict[Path, int] = {}

    def look(self) -> None:
        tuned = (self._root / SETTING).read_text().strip() == self._tuned
        if not self.changes or self.changes[-1][1] != tuned:
            self.changes.append((time.time(), tuned))
        for file in self._root.glob(self._pattern):
            self._read(file)

    def _read(self, file: Path) -> None:
        """Of lines that came together, only the last one's time is known."""
        known = file.stat()
        before = self._sizes.get(file, 0)
        if known.st_size > before:
            with file.open("rb") as content:
                content.seek(before)
                lines = content.read(known.st_size - before).decode().splitlines()
            self.ends[lines[-1]] = known.st_mtime
        self._sizes[file] = known.st_size


def spoilt(ends: Mapping[str, float], changes: Sequence[tuple[float, bool]]) -> list[str]:
    """Records of trials within which a setting was not as tuned.

    Args:
        ends: When each record was written.
        changes: When the setting became as tuned, or ceased to be.
    """
    found = []
    for line, end in ends.items():
        steps = (json.loads(line)["cost"] or {}).get("timeline_ns", {})
        begin = end - sum(steps.values()) / NS_PER_S
        if steps and not _was_tuned(changes, begin + TICK_S, end - TICK_S):
            found.append(line)
    return found


def _was_tuned(changes: Sequence[tuple[float, bool]], begin: float, end: float) -> bool:
    before = [tuned for at, tuned in changes if at <= begin][-1:]
    return all(before) and all(tuned for at, tuned in changes if begin < at < end)
