"""The validity rule for stolen time, provoked.

A guest cannot make its hypervisor steal from it. So ``bench run`` is started in a mount
namespace of its own, in which another file lies over ``/proc/stat``: as the kernel's, but with
stolen time growing by a known share. Everything else is real.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.record import RECORD, Status, TrialRecord

IDLE, STEAL = 4, 8
"""Words of a line of ``/proc/stat``, see proc_stat(5)."""
UNITS_PER_S = os.sysconf("SC_CLK_TCK")
CELL = "--program resident --map-size 100 --timeout 10ms --observer none --controls none"
TRIAL = "--repeat 1 --duration 1s --warmup 100ms --json"
RUN = 'mount --bind "$0" /proc/stat && exec "$@"'


class StolenStat:
    """``/proc/stat`` as it is now, and then so much of all CPUs' time stolen, the rest idle."""

    def __init__(self, path: Path, share: float) -> None:
        self._lines = [line.split() for line in Path("/proc/stat").read_text().splitlines()]
        self._share, self._begin = share, time.monotonic()
        path.write_text("")
        self._file = os.open(path, os.O_RDWR)

    def write(self) -> None:
        """Numbers keep their width, so that a reader never sees half a line."""
        units = int((time.monotonic() - self._begin) * UNITS_PER_S)
        stolen = int(units * self._share)
        text = "\n".join(" ".join(self._grown(line, units, stolen)) for line in self._lines)
        os.pwrite(self._file, f"{text}\n".encode(), 0)

    @staticmethod
    def _grown(words: list[str], units: int, stolen: int) -> list[str]:
        if not words or not words[0].startswith("cpu"):
            return words
        more = {IDLE: units - stolen, STEAL: stolen}
        return [
            f"{int(word) + more[n]:012d}" if n in more else word for n, word in enumerate(words)
        ]

    def close(self) -> None:
        os.close(self._file)


@contextmanager
def written(path: Path, share: float) -> Iterator[None]:
    """Write the file fifty times a second."""
    stat, end = StolenStat(path, share), threading.Event()
    stat.write()

    def go_on() -> None:
        while not end.wait(0.02):
            stat.write()

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()
        stat.close()


@pytest.fixture
def measured_with_steal(tmp_path: Path) -> Callable[[float], TrialRecord]:
    def measure(share: float) -> TrialRecord:
        stat = tmp_path / "stat"
        command = [sys.executable, "-m", "bench", "run", *CELL.split(), *TRIAL.split()]
        with written(stat, share):
            ended = subprocess.run(
                ["unshare", "--mount", "sh", "-c", RUN, stat, *command, "--results", tmp_path],
                capture_output=True,
                text=True,
                check=False,
            )
        document = json.loads(ended.stdout)
        lines = (Path(document["path"]) / "trials.jsonl").read_text().splitlines()
        return RECORD.validate_json(lines[0])

    return measure


def test_a_trial_with_too_much_steal_is_invalid(
    measured_with_steal: Callable[[float], TrialRecord],
) -> None:
    record = measured_with_steal(0.2)
    assert record.noise is not None
    assert record.noise.steal == pytest.approx(0.2, abs=0.05)
    assert record.status is Status.INVALID
    (reason,) = record.reasons
    assert reason.startswith("steal ") and reason.endswith(" is above 10%")


def test_a_trial_with_little_steal_counts(
    measured_with_steal: Callable[[float], TrialRecord],
) -> None:
    record = measured_with_steal(0.05)
    assert record.noise is not None
    assert record.noise.steal == pytest.approx(0.05, abs=0.02)
    assert (record.status, record.reasons) == (Status.OK, [])
