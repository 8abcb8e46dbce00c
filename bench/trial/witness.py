"""Who says what happened when the kernel kills this process for want of memory.

The memory of BPF maps and timers counts for the control group of whoever makes them, but not for a
process: at a limit, or where the whole host has none left, the kernel would kill the largest one,
whose memory may be small beside ours. So this process offers itself to be killed first. A small
process of its own sees that, writes the record of the trial in flight, and names the limit.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.child import Child, CommandError
from bench.record import RECORD, TrialRecord
from bench.resources import Resource
from bench.store import RunFolder
from bench.trial.testimony import END, READY

START_S = 30.0
END_S = 10.0


SCORE = Path("/proc/self/oom_score_adj")
KILLED_FIRST = "1000"
"""Source: ``include/uapi/linux/oom.h``, OOM_SCORE_ADJ_MAX; anybody may make it higher."""


def _offer(score: str) -> None:
    with suppress(OSError):
        SCORE.write_text(score)


class Witness(Resource):
    """Lives as long as its block; silent unless this process is killed for want of memory."""

    def _open(self) -> None:
        self._child = Child(
            [sys.executable, "-m", "bench.trial.testimony"],
            what="the witness of a kill",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=2,
            grace_s=END_S,
        )
        self._held.enter_context(self._child)
        self._child.line(READY, START_S)
        with suppress(OSError):
            self._held.callback(_offer, SCORE.read_text().strip())
            SCORE.write_text(KILLED_FIRST)
        self._held.callback(self._tell, END)

    @contextmanager
    def watching(self, folder: RunFolder, record: TrialRecord) -> Iterator[None]:
        """In the block a trial is measured; ``record`` is its record if it is killed."""
        path = str(folder.path.resolve())
        self._tell({"folder": path, "record": RECORD.dump_json(record).decode()})
        try:
            yield
        finally:
            self._tell({})

    def _tell(self, word: object) -> None:
        with suppress(CommandError):  # Without it a trial can be measured, too.
            self._child.send(json.dumps(word).encode() + b"\n", "what is measured")
