"""A setting changed in mid-run spoils the trial that it is changed in, and those after it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from bench.campaign.runner import Runner
from bench.host.ksoftirqd import find_ksoftirqd
from bench.record import RunHeader, Status, TrialRecord
from bench.spec import Cell, Sweep
from bench.store import RunFolder
from bench.sweep.plan import PlannedTrial
from bench.trial.measurement import Sample
from bench.trial.rig import Rig
from bench.units import NS_PER_MS

CLOCKS = Path("/sys/devices/system/clocksource/clocksource0")
CPU = Path("/sys/devices/system/cpu/cpu1")
DURATION_NS = 500 * NS_PER_MS
"""Five samples, so that a host which stands still for some leaves one to change a setting at."""


@dataclass(frozen=True)
class File:
    """A setting that is a file, or the first of some that can be written, and another value."""

    paths: Sequence[Path]
    other: Callable[[str], str | None]

    def value(self, path: Path) -> str:
        text = path.read_text().strip()
        return text.partition("[")[2].partition("]")[0] or text

    @property
    def known(self) -> bool:
        """Whether this host has it, and another value for it."""
        return any(path.exists() and self.other(self.value(path)) for path in self.paths)

    def change(self) -> Callable[[], object]:
        """Change it; what puts it back."""
        for path in filter(Path.exists, self.paths):
            before = self.value(path)
            with suppress(OSError):  # An interrupt that the kernel does not let move.
                path.write_text(self.other(before) or before)
                return partial(path.write_text, before)
        pytest.fail(f"none of {len(self.paths)} files can be changed")


@dataclass(frozen=True)
class Thread:
    """Scheduling of ksoftirqd."""

    policy: int
    priority: int = 0
    nice: int = 0
    known: bool = True

    def change(self) -> Callable[[], object]:
        pid = find_ksoftirqd()[0]
        os.sched_setscheduler(pid, self.policy, os.sched_param(self.priority))
        if self.nice:
            os.setpriority(os.PRIO_PROCESS, pid, self.nice)
        return lambda: self._put_back(pid)

    def _put_back(self, pid: int) -> None:
        os.sched_setscheduler(pid, os.SCHED_OTHER, os.sched_param(0))
        os.setpriority(os.PRIO_PROCESS, pid, 0)


def another_clock(now: str) -> str | None:
    known = (CLOCKS / "available_clocksource").read_text().split()
    return next((name for name in known if name != now), None)


def toggled(now: str) -> str:
    return "0" if now == "1" else "1"


KERNEL = Path("/proc/sys/kernel")
BUDGET = Path("/proc/sys/net/core/netdev_budget")
THP = Path("/sys/kernel/mm/transparent_hugepage/enabled")
SETTINGS = {
    "governor": File([CPU / "cpufreq/scaling_governor"], lambda now: "performance"),
    "idle_states_off": File([CPU / "cpuidle/state0/disable"], toggled),
    "irq_affinity": File(
        sorted(Path("/proc/irq").glob("[0-9]*/smp_affinity_list")),
        lambda now: "0" if now != "0" else "0-1",
    ),
    "timer_migration": File([KERNEL / "timer_migration"], toggled),
    "bpf_stats_enabled": File([KERNEL / "bpf_stats_enabled"], toggled),
    "ksoftirqd_scheduling": Thread(os.SCHED_FIFO, priority=10),
    "ksoftirqd_scheduling by nice": Thread(os.SCHED_OTHER, nice=-5),
    "clocksource": File([CLOCKS / "current_clocksource"], another_clock),
    "thp": File([THP], lambda now: "never" if now != "never" else "madvise"),
    "netdev_budget": File(
        [Path("/proc/sys/net/core/netdev_budget")], lambda now: f"{int(now) + 1}"
    ),
}
KNOWN = [name for name, setting in SETTINGS.items() if setting.known]
"""Those that this host has; ``tests/unit/host/test_tunables_watched.py`` has all of them."""


class Meddler:
    """Who changes something while the second trial's window is open."""

    def __init__(self, change: Callable[[], Callable[[], object]]) -> None:
        self._change, self._trial = change, 0
        self.put_back: Callable[[], object] | None = None

    def trial_started(self, planned: PlannedTrial) -> None:
        self._trial = planned.trial

    def sample(self, sample: Sample) -> None:
        if self._trial == 2 and self.put_back is None:
            self.put_back = self._change()

    def trial_ended(self, record: TrialRecord) -> None:
        pass


@contextmanager
def meddler(change: Callable[[], Callable[[], object]]) -> Iterator[Meddler]:
    made = Meddler(change)
    try:
        yield made
    finally:
        if made.put_back is not None:
            made.put_back()


def named(name: str, record: TrialRecord) -> bool:
    """Whether the setting makes it invalid; what else a busy host may do to it does not matter."""
    reasons = [reason for reason in record.reasons if name.split()[0] in reason]
    return bool(reasons) and record.status is Status.INVALID


@pytest.mark.parametrize("name", KNOWN)
def test_a_changed_setting_is_named_by_that_trial_and_the_next(
    name: str,
    make_cell: Callable[..., Cell],
    make_sweep: Callable[..., Sweep],
    tmp_path: Path,
) -> None:
    cell, sweep = make_cell(), make_sweep(duration=DURATION_NS)
    header = RunHeader(
        run_id="drift", started="", seed=1, sweep=sweep, host={}, tools={}, trials_planned=3
    )
    folder = RunFolder.create(tmp_path, header)
    with meddler(SETTINGS[name].change) as watcher:
        with Rig([cell]) as rig:
            runner = Runner(rig=rig, folder=folder, sweep=sweep, seed=1, listener=watcher)
            runner.run([PlannedTrial(trial=n, block=1, cell=cell) for n in (1, 2, 3)])
    assert watcher.put_back is not None, "the host stood still for a whole trial"
    spoiled = [named(name, record) for record in folder.records()]
    assert spoiled == [False, True, True], [record.reasons for record in folder.records()]
