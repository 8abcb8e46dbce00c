"""Within a guest: ``python -m tests.guest.faulted FAULT`` runs trials and does it in the second.

Prints one JSON document: how the run ended, what it said, and its records.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.running import ended, running
from tests.waiting import wait_until

TRIALS = 3
RUN = (
    "run --program resident --map-size 64 --timeout 20ms --duration 4s --warmup 100ms "
    f"--repeat {TRIALS} --arm-cpus all --controls none --max-steal 1 --observer procfs"
).split()
CLOCK_SOURCE = Path("/sys/devices/system/clocksource/clocksource0")
CPU = Path("/sys/devices/system/cpu/cpu1/online")
STEP_S = 3600.0
INTO_TRIAL_S = 2.0
"""After a record: the next trial has been set up, and its window is open or about to be."""
EMULATED_S = 600.0


def _step(seconds: float) -> None:
    time.clock_settime(time.CLOCK_REALTIME, time.time() + seconds)


def _other_source() -> None:
    now = CLOCK_SOURCE / "current_clocksource"
    known = (CLOCK_SOURCE / "available_clocksource").read_text().split()
    now.write_text(next(each for each in known if each != now.read_text().strip()))


def _offline() -> None:
    CPU.write_text("0")


FAULTS: dict[str, tuple[float, Callable[[], None]]] = {
    "none": (0.0, lambda: None),
    "clock forward": (INTO_TRIAL_S, lambda: _step(STEP_S)),
    "clock back": (INTO_TRIAL_S, lambda: _step(-STEP_S)),
    "clock source": (INTO_TRIAL_S, _other_source),
    "cpu offline": (INTO_TRIAL_S, _offline),
    "cpu offline between": (0.0, _offline),
}


def records(folder: Path) -> list[dict[str, Any]]:
    """Those of the only run below a folder; whole lines."""
    lines = [
        line
        for file in folder.glob("*/trials.jsonl")
        for line in file.read_text().splitlines(keepends=True)
    ]
    return [json.loads(line) for line in lines if line.endswith("\n")]


def faulted(fault: str) -> dict[str, Any]:
    """A run in whose second trial it happens."""
    results = Path(f"results-{fault.replace(' ', '-')}")
    command = [sys.executable, "-m", "bench", *RUN, "--results", str(results)]
    after_s, inject = FAULTS[fault]
    with running(command, stderr=subprocess.STDOUT) as run:
        wait_until(
            "a record", lambda: records(results) or run.poll() is not None, seconds=EMULATED_S
        )
        time.sleep(after_s)
        hit = run.poll() is None
        inject()
        said, _ = ended(run, seconds=EMULATED_S)
    found = records(results)
    return {"fault": fault, "hit": hit, "code": run.returncode, "said": said, "records": found}


def main() -> None:
    """One fault after the other; each leaves the guest as it was."""
    source = CLOCK_SOURCE / "current_clocksource"
    before = source.read_text()
    for fault in sys.argv[1:]:
        print(json.dumps(faulted(fault)), flush=True)
        source.write_text(before)
        if CPU.exists():
            CPU.write_text("1")
        os.sync()


if __name__ == "__main__":
    main()
