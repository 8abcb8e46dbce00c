"""One boot of a kernel under the plugin: the script is played, and its files are read."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.child import Child
from bench.errors import BenchError
from bench.exits import Exit
from bench.guest.images import Image
from bench.guest.machine import Guest
from bench.host.owner import scratch
from bench.instructions import emulator, exchange
from bench.instructions.marks import Operation
from bench.instructions.paths import Seen, parts_of, seen_in
from bench.instructions.scenario import Scenario
from bench.instructions.symbols import Symbols, read_symbols
from bench.instructions.trace import Trace, read_trace
from bench.record import Virtual
from bench.words.plurals import counted

PARAMETERS = ("nokaslr", "randomize_kstack_offset=off", "clocksource=tsc", "tsc=reliable")
"""Of the kernel: addresses are the same in every boot, and so is the direction of copies."""
KEPT_LINES = 40


@dataclass(frozen=True, slots=True)
class Parts:
    """What is compiled for a boot.

    Attributes:
        script: The scripted programs.
        works: Those with works, for kernels before 7.0.
        implicit_works: The same for kernels since.
        rivals: The shared object with timeouts of user space.
        plugin: What QEMU loads.
    """

    script: Path
    works: Path
    implicit_works: Path
    rivals: Path
    plugin: Path


@dataclass(frozen=True, slots=True)
class ClockCheck:
    """The guest's clock against the plugin's count, around each call that the guest timed.

    Attributes:
        difference: The most by which they differed, in ns and instructions alike.
        compared: Calls of which both are known.
        cut: Calls left out, as an interrupt fell between the readings of the clock.
    """

    difference: int
    compared: int
    cut: int


@dataclass(frozen=True, slots=True)
class Boot:
    """What one boot saw.

    Attributes:
        seen: By scenario's number and what was recorded.
        errnos: By scenario's number, of those that the kernel refused.
        facts: Of the guest.
        clock: Its clock against the plugin's count.
    """

    seen: dict[tuple[int, Operation], Seen]
    errnos: dict[int, int]
    facts: dict[str, Any]
    clock: ClockCheck


@contextmanager
def busy_host() -> Iterator[None]:
    """Every CPU has something else to do while the block runs."""
    with ExitStack() as stack:
        for _ in os.sched_getaffinity(0):
            stack.enter_context(Child(["nice", sys.executable, "-c", "while True: pass"]))
        yield


def boot(
    image: Image,
    scenarios: Sequence[Scenario],
    parts: Parts,
    *,
    parameters: Sequence[str],
    timeout_s: float,
) -> Boot:
    """Boot the kernel once and go through the script.

    Args:
        image: The kernel.
        scenarios: The script.
        parts: What was compiled for it.
        parameters: Of the kernel, besides PARAMETERS.
        timeout_s: For boot and script.

    Raises:
        BenchError: The guest or the script failed; names the kernel and the step.
    """
    shared = scratch("instructions")
    try:
        _write_script(shared, scenarios, parts)
        guest = Guest(
            image,
            shared,
            cpus=1,
            parameters=[*PARAMETERS, *parameters],
            qemu=emulator.options(parts.plugin, shared.resolve()),
            virtual=Virtual.EMULATED,
        )
        with guest:
            guest.start([sys.executable, "-m", "bench.instructions.inside", str(guest.shared)])
            result = guest.wait(timeout_s)
        if result.exit_code != Exit.GOOD:
            raise _failed(image, result.stderr.read_text(errors="replace").splitlines())
        return _read(image, shared, scenarios)
    finally:
        shutil.rmtree(shared, ignore_errors=True)


def _failed(image: Image, messages: Sequence[str]) -> BenchError:
    return BenchError(
        f"guest {image.name}: the script failed: {messages[-1] if messages else 'it said nothing'}",
        remedy="See what this kernel allows by bench matrix, or try another kernel",
        detail="\n".join(messages[-KEPT_LINES:]),
    )


def _write_script(shared: Path, scenarios: Sequence[Scenario], parts: Parts) -> None:
    target = shared / exchange.OBJECT
    shutil.copy(parts.script, target)
    shutil.copy(parts.works, shared / exchange.WORKS)
    shutil.copy(parts.implicit_works, shared / exchange.IMPLICIT_WORKS)
    shutil.copy(parts.rivals, shared / exchange.RIVALS)
    asked = {"object": str(target.resolve()), "scenarios": [each.as_json() for each in scenarios]}
    (shared / exchange.SCRIPT).write_text(json.dumps(asked))


def _read(image: Image, shared: Path, scenarios: Sequence[Scenario]) -> Boot:
    try:
        trace = read_trace((shared / exchange.TRACE).read_text())
    except FileNotFoundError as error:
        raise BenchError(
            f"guest {image.name}: the plugin counted nothing: it saw no mark of the script",
            remedy="Look whether the kernel compiles BPF: sysctl net.core.bpf_jit_enable",
        ) from error
    symbols = read_symbols((shared / exchange.SYMBOLS).read_text())
    report = json.loads((shared / exchange.REPORT).read_text())
    told = {row["number"]: row for row in report["scenarios"]}
    return Boot(
        seen=_seen(trace, scenarios, symbols),
        errnos={number: row["errno"] for number, row in told.items() if row["failed"]},
        facts=report["facts"],
        clock=_clock_check(trace, told),
    )


def _seen(
    trace: Trace, scenarios: Sequence[Scenario], symbols: Symbols
) -> dict[tuple[int, Operation], Seen]:
    found = {}
    for scenario in scenarios:
        for part in parts_of(scenario.operation, scenario.together, rearm=scenario.rearm):
            where = (scenario.number, part)
            left_out = trace.interrupted.get(where, 0) + trace.too_long.get(where, 0)
            found[where] = seen_in(trace.windows.get(where, []), left_out, symbols)
    return found


def _clock_check(trace: Trace, told: dict[int, dict[str, Any]]) -> ClockCheck:
    """Over all calls that the guest timed; those of a scenario are in the same order.

    Of calls with an interrupt between the readings the plugin says 0.

    Raises:
        BenchError: The plugin and the guest saw different numbers of calls.
    """
    differences, cut = [], 0
    for scenario, row in told.items():
        clock_ns, executed = row["clock_ns"], trace.clock.get(scenario, [])
        if clock_ns and len(clock_ns) != len(executed):
            raise BenchError(
                f"the guest timed {counted(len(clock_ns), 'call')} of scenario {scenario}, "
                f"and the plugin saw {len(executed):,}"
            )
        pairs = list(zip(clock_ns, executed, strict=bool(clock_ns)))
        differences += [abs(ns - number) for ns, number in pairs if number]
        cut += sum(not number for _, number in pairs)
    return ClockCheck(max(differences, default=0), len(differences), cut)
