"""Timers end themselves when their runner is stopped or killed: counted in /proc/timer_list."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from operator import not_
from pathlib import Path

from bench.drivers.heartbeat import SILENCE_NS
from bench.libbpf.known import open_map
from bench.units import NS_PER_S
from tests.kernel.leftovers import bpf_objects
from tests.kernel.watch.test_timers import queued
from tests.running import ended, running
from tests.waiting import wait_until

TIMERS = 500
SOON_S = SILENCE_NS / NS_PER_S + 10
"""A busy host may be slow, but before this deadline they lived for 300 s while being armed."""
ARMED = f"""
import time
from bench.doctor.catalogue import _environment
from bench.drivers.registry import find_driver, fitted
from bench.drivers.session import opened_object
from bench.spec import Cell
from bench.units import NS_PER_MS, NS_PER_S
driver, environment = find_driver("resident"), _environment()
cell = fitted(Cell(program="resident", map_size={TIMERS}, timeout_ns=20 * NS_PER_MS))
with opened_object(driver, cell, environment, {{}}) as session:
    session.prepare(environment, 300 * NS_PER_S)
    driver.arm(session.run, cell, environment)
    print("armed", flush=True)
    time.sleep(300)
"""
SWEEP = (
    "run", "--program", "resident", "--map-size", str(TIMERS), "--timeout", "20ms", "--repeat", "1",
    "--duration", "4s", "--warmup", "100ms", "--controls", "none", "--max-steal", "1",
)  # fmt: skip


@contextmanager
def arming_runner() -> Iterator[subprocess.Popen[str]]:
    """A runner that has armed its timers and has not set the window's end yet."""
    with running([sys.executable, "-c", ARMED]) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "armed\n"
        wait_until("timers", queued)
        yield process


def timers_map() -> int:
    (found,) = (number for number, name in bpf_objects()["map"] if name == "timers")
    return found


def test_timers_of_a_stopped_runner_end_while_they_are_being_armed() -> None:
    with arming_runner() as process:
        process.send_signal(signal.SIGSTOP)
        wait_until("no timer", queued, not_, seconds=SOON_S)
        process.send_signal(signal.SIGCONT)
        time.sleep(0.5)
        assert not queued(), "a runner that goes on must not revive them"


def test_timers_of_a_killed_runner_end_though_somebody_else_holds_their_map() -> None:
    with arming_runner() as process, open_map(timers_map()):
        time.sleep(2 * SILENCE_NS / NS_PER_S)
        assert queued(), "they must live for as long as the runner does"
        process.send_signal(signal.SIGKILL)
        ended(process)
        wait_until("no timer", queued, not_, seconds=SOON_S)
        assert timers_map()


def test_the_trial_of_a_runner_that_was_stopped_says_so(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench", *SWEEP]
    with running(command, cwd=tmp_path, stderr=subprocess.PIPE) as process:
        wait_until("all timers", queued, lambda found: len(found) > TIMERS * 0.9)
        process.send_signal(signal.SIGSTOP)
        wait_until("no timer", queued, not_, seconds=SOON_S)
        process.send_signal(signal.SIGCONT)
        _, messages = ended(process)
    assert process.returncode == 4, messages
    assert "Traceback" not in messages
    (record,) = (
        json.loads(line)
        for file in (tmp_path / "results").glob("*/trials.jsonl")
        for line in file.read_text().splitlines()
    )
    assert record["status"] == "failed"
    assert "the runner did not run for" in record["error"]
