"""Within the guest: ``python -m bench.instructions.inside SHARED`` goes through the script."""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from bench.errors import BenchError
from bench.instructions.exchange import ENTRIES, REPORT, SCRIPT, SYMBOLS
from bench.instructions.marks import Operation
from bench.instructions.scenario import MONOTONIC, Scenario, scenario_of
from bench.instructions.symbols import TEXT_KINDS
from bench.libbpf.maps import BPF_F_NO_PREALLOC, MAP_TYPES
from bench.libbpf.object import BpfObject
from bench.words.plurals import counted

BPF_F_ZERO_SEED = 1 << 6
KALLSYMS = Path("/proc/kallsyms")
CLOCK_SOURCE = Path("/sys/devices/system/clocksource/clocksource0/current_clocksource")
VULNERABILITIES = Path("/sys/devices/system/cpu/vulnerabilities")
INTERRUPTS = ("asm_sysvec_", "asm_exc_", "asm_common_interrupt", "asm_spurious_interrupt")
PART = np.dtype(
    [
        ("operation", "<u4"),
        ("count", "<u4"),
        ("clock", "<u4"),
        ("together", "<u4"),
        ("flags", "<u8"),
        ("base_ns", "<u8"),
        ("rearm", "<u4"),
        ("failed", "<u4"),
        ("error", "<i8"),
    ]
)
"""``struct part`` of ``script.bpf.c``."""
TIMES = np.dtype([("ns", "<u8")])
FIRST = "hash"
"""Type of map of the object that does everything besides."""
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

    def object(self, map_type: str) -> BpfObject:
        """That whose measured timers are in a map of this type."""
        if map_type not in self._objects:
            self._objects[map_type] = self._loaded(map_type)
        return self._objects[map_type]

    def _loaded(self, map_type: str) -> BpfObject:
        made = self._held.enter_context(BpfObject(self._path))
        hashed = "hash" in map_type
        flags = BPF_F_NO_PREALLOC if map_type == "hash_noprealloc" else 0
        made.map("timers").configure_kind(
            MAP_TYPES[map_type], flags | (BPF_F_ZERO_SEED if hashed else 0)
        )
        others = made.map("others")
        others.configure_kind(MAP_TYPES["hash"], BPF_F_ZERO_SEED)
        others.configure(entries=self._others if map_type == FIRST else 1)
        made.load()
        return made

    def run(self, program: str, map_type: str, **fields: int) -> tuple[int, int]:
        """Run a program; how many of its calls failed, and with which errno."""
        part = np.zeros(1, PART)
        for name, value in fields.items():
            part[name] = value
        self.object(map_type).run(program, part)
        return int(part["failed"][0]), -int(part["error"][0])

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
        """Warm up and call; what the guest saw of it."""
        self.announce(WITHOUT_SCENARIO)
        self._part(scenario, scenario.warm_up)
        self.announce(scenario.number)
        failed, code = self._part(scenario, scenario.count)
        self.announce(WITHOUT_SCENARIO)
        called = scenario.operation is not Operation.EXPIRY
        clock = self._times(scenario) if called and not failed else []
        return {
            "number": scenario.number,
            "failed": failed,
            "errno": code,
            "clock_ns": clock,
        }

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


def places(symbols: str) -> str:
    """Where functions begin, for the plugin, and which of them interrupts enter by.

    Args:
        symbols: Of /proc/kallsyms.
    """
    rows = (line.split()[:3] for line in symbols.splitlines())
    begins: dict[str, str] = {}
    for address, kind, name in rows:
        if kind in TEXT_KINDS:
            entry = name.startswith(INTERRUPTS) or begins.get(address) == "e"
            begins[address] = "e" if entry else "f"
    return "".join(f"{kind} {address}\n" for address, kind in begins.items())


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


def play(shared: Path) -> None:
    """Go through the script of the shared folder, and leave symbols and report there."""
    asked = json.loads((shared / SCRIPT).read_text())
    scenarios = [scenario_of(found) for found in asked["scenarios"]]
    (shared / ENTRIES).write_text(places(KALLSYMS.read_text()))
    seen: list[dict[str, Any]] = []
    with ExitStack() as held:
        script = Script(Path(asked["object"]), max(s.queued for s in scenarios), held)
        for map_type in dict.fromkeys(scenario.map_type for scenario in scenarios):
            script.object(map_type)
        script.run("begin", FIRST)
        queued = 0
        for scenario in scenarios:
            if scenario.queued != queued:
                queued = scenario.queued
                script.queue(queued)
            seen.append(script.go(scenario))
        script.run("finish", FIRST)
        (shared / SYMBOLS).write_text(KALLSYMS.read_text())
    (shared / REPORT).write_text(json.dumps({"facts": facts(), "scenarios": seen}))


if __name__ == "__main__":
    play(Path(sys.argv[1]))
