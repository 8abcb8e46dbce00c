"""Within the guest: ``python -m bench.instructions.inside SHARED`` goes through the script."""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bench.errors import BenchError
from bench.instructions.calling import BPF_F_ZERO_SEED, run
from bench.instructions.exchange import ENTRIES, REPORT, RIVALS, SCRIPT, SYMBOLS
from bench.instructions.marks import CALLED, Operation
from bench.instructions.places import places
from bench.instructions.rivals import Rounds, Works, timerfd
from bench.instructions.scenario import HELD, MONOTONIC, Scenario, scenario_of
from bench.libbpf.maps import BPF_F_NO_PREALLOC, MAP_TYPES
from bench.libbpf.object import BpfObject
from bench.words.plurals import counted

KALLSYMS = Path("/proc/kallsyms")
OWN_CGROUPS = Path("/proc/self/cgroup")
CLOCK_SOURCE = Path("/sys/devices/system/clocksource/clocksource0/current_clocksource")
VULNERABILITIES = Path("/sys/devices/system/cpu/vulnerabilities")
TIMES = np.dtype([("ns", "<u8")])
FIRST = "hash"
"""Type of map of the object that does everything besides."""
ENTRIES_MAX = 64
"""Of the map with the measured timers."""
SETTLE_S = 0.05
"""Grace periods end, and workers run, between two scenarios."""
REALTIME_LIMIT = Path("/proc/sys/kernel/sched_rt_runtime_us")
WITHOUT_SCENARIO = 0
"""Number that the plugin's reader passes over: preparation and warm-up."""


class Script:
    """The loaded objects, one for each type of map, all kept until the end.

    Memory of a program that was released would be used again for another one's code, and the
    symbols at the end would not fit.
    """

    def __init__(self, path: Path, others: int, held: ExitStack) -> None:
        """Nothing is loaded yet.

        Args:
            path: The object file.
            others: Timers that will be queued besides, at most.
            held: Closes what is loaded.
        """
        self._path, self._others, self._held = path, others, held
        self._objects: dict[str, BpfObject] = {}
        self._base_ns = 0
        self._held_map = self._loaded(FIRST, entries=HELD, others=1)
        self._works = Works(path.parent)
        held.callback(self._works.close)

    def object(self, map_type: str) -> BpfObject:
        """That whose measured timers are in a map of this type."""
        if map_type not in self._objects:
            others = self._others if map_type == FIRST else 1
            self._objects[map_type] = self._loaded(map_type, entries=ENTRIES_MAX, others=others)
        return self._objects[map_type]

    def _loaded(self, map_type: str, *, entries: int, others: int) -> BpfObject:
        made = self._held.enter_context(BpfObject(self._path))
        hashed = "hash" in map_type
        flags = BPF_F_NO_PREALLOC if map_type == "hash_noprealloc" else 0
        timers = made.map("timers")
        timers.configure_kind(MAP_TYPES[map_type], flags | (BPF_F_ZERO_SEED if hashed else 0))
        timers.configure(entries=entries)
        beside = made.map("others")
        beside.configure_kind(MAP_TYPES["hash"], BPF_F_ZERO_SEED)
        beside.configure(entries=others)
        made.load()
        return made

    def run(self, program: str, map_type: str, **fields: int) -> tuple[int, int]:
        """Run a program; how many of its calls failed, and with which errno."""
        return run(self.object(map_type), program, **fields)

    def announce(self, number: int) -> None:
        """What follows belongs to the scenario of this number."""
        self.run("announce", FIRST, operation=number)

    def queue(self, timers: int) -> None:
        """Have so many timers in the queue with the one that is measured.

        Raises:
            BenchError: Some could not be armed.
        """
        self._base_ns = time.monotonic_ns()
        if timers == 1:
            return
        others = timers - 1
        fields = {"count": others, "clock": MONOTONIC, "base_ns": self._base_ns}
        failed, code = self.run("fill", FIRST, **fields)
        if failed:
            raise BenchError(
                f"{failed:,} of {counted(others, 'timer')} not armed: {os.strerror(code)}"
            )

    def go(self, scenario: Scenario) -> dict[str, Any]:
        """Let the kernel finish what it put off, warm up and call; what the guest saw of it."""
        time.sleep(SETTLE_S)
        failed, code = self._steps(scenario)()
        called = scenario.operation in CALLED
        return {
            "number": scenario.number,
            "failed": failed,
            "errno": code,
            "clock_ns": self._times(scenario) if called and not failed else [],
        }

    def _steps(self, scenario: Scenario) -> Callable[[], tuple[int, int]]:
        steps = {
            Operation.SCAN: self._scan,
            Operation.FREE: self._free,
            Operation.TIMERFD_SETTIME: self._rivals,
            Operation.WQ_START: self._rivals,
            Operation.WQ_FURTHER: self._rivals,
        }
        return partial(steps.get(scenario.operation, self._call), scenario)

    def _call(self, scenario: Scenario) -> tuple[int, int]:
        self._part(scenario, scenario.warm_up)
        with self._announced(scenario):
            return self._part(scenario, scenario.count)

    def _scan(self, scenario: Scenario) -> tuple[int, int]:
        fields = {"count": scenario.together, "clock": MONOTONIC, "base_ns": self._base_ns}
        failed, code = run(self._held_map, "hold", **fields)
        if failed:
            return failed, code
        run(self._held_map, "scan", **fields)
        with self._announced(scenario):
            return run(self._held_map, "scan", **fields)

    def _free(self, scenario: Scenario) -> tuple[int, int]:
        """Give up the map whose timers a scan has seen."""
        with self._announced(scenario):
            self._held_map.close()
        return 0, 0

    def _rivals(self, scenario: Scenario) -> tuple[int, int]:
        rounds = self._rounds(scenario)
        rounds(scenario.warm_up)
        with self._announced(scenario):
            return rounds(scenario.count)

    def _rounds(self, scenario: Scenario) -> Rounds:
        if scenario.operation is Operation.TIMERFD_SETTIME:
            return timerfd(self._path.with_name(RIVALS))
        return self._works.rounds(scenario.together)

    @contextmanager
    def _announced(self, scenario: Scenario) -> Iterator[None]:
        self.announce(scenario.number)
        yield
        self.announce(WITHOUT_SCENARIO)

    def _part(self, scenario: Scenario, count: int) -> tuple[int, int]:
        expiry = scenario.operation is Operation.EXPIRY
        return self.run(
            "expiries" if expiry else "operations",
            scenario.map_type,
            operation=scenario.operation,
            count=count,
            clock=scenario.clock,
            together=scenario.together,
            flags=scenario.flags,
            base_ns=self._base_ns,
            rearm=scenario.rearm,
        )

    def _times(self, scenario: Scenario) -> list[int]:
        view = self.object(scenario.map_type).map("times").view(TIMES)
        return [int(ns) for ns in view["ns"][: scenario.count]]


def facts() -> dict[str, Any]:
    """What of the guest belongs to the identity of its figures."""
    return {
        "release": platform.release(),
        "version": platform.version(),
        "clock_source": CLOCK_SOURCE.read_text().strip(),
        "vulnerabilities": {
            path.name: path.read_text().strip() for path in sorted(VULNERABILITIES.iterdir())
        },
    }


def _before_all_others() -> None:
    """No task wants the CPU meanwhile: every unlock would then call the scheduler in vain."""
    REALTIME_LIMIT.write_text("-1")
    first = os.sched_get_priority_max(os.SCHED_FIFO)
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(first))


def _in_the_root_cgroup() -> None:
    """What is allocated is charged to no group."""
    groups = OWN_CGROUPS.read_text().split()
    if any(not group.endswith(":/") for group in groups):
        raise BenchError(f"the script is not in the root cgroup, but in {', '.join(groups)}")


def play(shared: Path) -> None:
    """Go through the script of the shared folder, and leave symbols and report there."""
    _in_the_root_cgroup()
    _before_all_others()
    asked = json.loads((shared / SCRIPT).read_text())
    scenarios = [scenario_of(found) for found in asked["scenarios"]]
    seen: list[dict[str, Any]] = []
    with ExitStack() as held:
        script = Script(Path(asked["object"]), max(s.queued for s in scenarios), held)
        for map_type in dict.fromkeys(scenario.map_type for scenario in scenarios):
            script.object(map_type)
        symbols = KALLSYMS.read_text()
        (shared / SYMBOLS).write_text(symbols)
        (shared / ENTRIES).write_text(places(symbols))
        script.run("begin", FIRST)
        queued = 0
        for scenario in scenarios:
            if scenario.queued != queued:
                queued = scenario.queued
                script.queue(queued)
            seen.append(script.go(scenario))
        script.run("finish", FIRST)
    (shared / REPORT).write_text(json.dumps({"facts": facts(), "scenarios": seen}))


if __name__ == "__main__":
    play(Path(sys.argv[1]))
