"""From options to a run that may begin: its plan, its header, and what is left of it."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from bench.campaign.pilot import as_in
from bench.campaign.precision import grown
from bench.campaign.resume import check_resume
from bench.control import has_program
from bench.drivers.registry import fitted
from bench.engines.cyclictest import missing_cyclictest
from bench.engines.registry import OBJECTS
from bench.errors import UsageError
from bench.host.boot import boot_id
from bench.host.cpus import find_cpus
from bench.host.emulated import of_this_guest
from bench.host.fingerprint import fingerprint
from bench.host.tools import tool_versions
from bench.libbpf import compiler, ffi, shipped
from bench.programs.fitting import definitions
from bench.programs.registry import PROGRAMS
from bench.record import PairedQuestion, RunHeader, TrialRecord
from bench.spec import Cell, Control, Controls, Sweep
from bench.store import RunFolder, check_writable, new_run_id, now_utc
from bench.sweep.again import is_wanting
from bench.sweep.checks import check_cells
from bench.sweep.plan import PlannedTrial, plan, remaining

BYTES_PER_TRIAL = 64 * 1024
"""Space that one trial's record and series take at most, in ordinary cases."""

Say = Callable[[str], None]
"""Shows the user one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A run that may begin.

    Attributes:
        begin: Makes the run's folder, or gives that of a resumed run.
        host: Fingerprint of this host when the run was started.
        todo: What is left to measure.
    """

    begin: Callable[[], RunFolder]
    host: Mapping[str, Any]
    sweep: Sweep
    todo: Sequence[PlannedTrial]


def planned_trials(sweep: Sweep, records: Sequence[TrialRecord] = ()) -> list[PlannedTrial]:
    """The plan, with what the records so far add to it for precision."""
    seed = sweep.seed or 0
    trials = grown(plan(sweep, seed=seed, normalise=fitted), records, sweep, seed)
    check_here([trial.cell for trial in trials], allow_overload=sweep.allow_overload)
    return trials


def check_here(cells: Sequence[Cell], *, allow_overload: bool) -> None:
    """Refuse what a program, an engine or this host cannot do.

    Raises:
        UsageError: Naming the first cell's value, the bound and the next step.
    """
    check_cells(cells, cpus=len(find_cpus().usable), allow_overload=allow_overload)
    for cell in filter(has_program, cells):
        OBJECTS[cell.engine].check(cell)


def seeded(sweep: Sweep) -> Sweep:
    """The sweep with a seed, drawn if it has none."""
    return sweep if sweep.seed is not None else replace(sweep, seed=secrets.randbelow(2**32))


def tools() -> dict[str, str | None]:
    """Versions of the tools: libbpf's as loaded, the compiler's that made the programs."""
    found = tool_versions(libbpf=ffi.version(), clang=compiler.clang())
    return found | {"clang": shipped.compiler() or found["clang"]}


def measurable(sweep: Sweep, say: Say) -> Sweep:
    """The sweep without what is optional and cannot be measured here; it says what.

    That is a control that the host has no tool for, and engines that the kernel lacks.
    """
    sweep = _with_possible_engines(sweep, say)
    missing = missing_cyclictest()
    wanted = sweep.controls is Controls.FULL and Control.CYCLICTEST not in sweep.without_controls
    if missing is None or not wanted:
        return sweep
    say(f"control cyclictest is left out: {missing}; install rt-tests to have it")
    return replace(sweep, without_controls=(*sweep.without_controls, Control.CYCLICTEST))


def _with_possible_engines(sweep: Sweep, say: Say) -> Sweep:
    reasons = {engine: OBJECTS[engine].missing() for engine in sweep.optional_engines}
    lacking = {engine: why for engine, why in reasons.items() if why is not None}
    for engine, why in lacking.items():
        say(f"engine {engine} is left out: {why}")
    kept = (
        replace(grid, engine=tuple(each for each in grid.engine if each not in lacking))
        for grid in sweep.cells
        if not lacking.keys() >= set(grid.engine)
    )
    return replace(sweep, cells=tuple(kept)) if lacking else sweep


def prepare(sweep: Sweep | None, results: Path, base: RunHeader | None = None) -> Prepared:
    """A new run.

    Args:
        sweep: What it measures.
        results: Where its folder will be.
        base: Run whose warm-up it has; None = that of the sweep.

    Raises:
        UsageError: A cell cannot be measured.
        BenchError: The folder of results cannot be written, or has no space left.
    """
    assert sweep is not None
    sweep = seeded(sweep)
    trials = planned_trials(sweep)
    check_writable(results, len(trials) * BYTES_PER_TRIAL)
    header = new_header(sweep, len(trials))
    header = header if base is None else as_in(header, base)
    return Prepared(
        begin=lambda: RunFolder.create(results, header),
        host=header.host,
        sweep=header.sweep,
        todo=trials,
    )


def new_header(sweep: Sweep, trials_planned: int, ab: PairedQuestion | None = None) -> RunHeader:
    """What a run that begins now says of itself; the sweep has its seed."""
    host = fingerprint()
    started = datetime.now(UTC)
    return RunHeader(
        run_id=new_run_id(started, str(host.get("hostname")), sweep.name),
        started=now_utc(),
        seed=sweep.seed or 0,
        sweep=sweep,
        host=dict(host),
        tools=tools(),
        trials_planned=trials_planned,
        ab=ab,
        command=["bench", *sys.argv[1:]],
        virtual=of_this_guest(),
        boot_id=boot_id(),
        definitions=definitions(PROGRAMS.values()),
    )


def prepare_resumed(path: Path, sweep: Sweep | None, say: Say) -> Prepared:
    """What is left of a run.

    Args:
        path: Its folder.
        sweep: What the user says that it measures; None = whatever it does.
        say: Shows a warning about the folder.

    Raises:
        UsageError: It measures another sweep.
        BenchError: It is of another host or other tools, or cannot be read or written.
    """
    folder = RunFolder.open(path)
    if folder.header.ab is not None:
        remedy = f"Continue it with: bench ab --resume {path}"
        raise UsageError(f"run {folder.header.run_id} was made by bench ab", remedy=remedy)
    if folder.header.recording is not None:
        remedy = "Record anew with: bench watch --results DIR"
        problem = f"run {folder.header.run_id} is a recording of bench watch: it has no plan"
        raise UsageError(problem, remedy=remedy)
    check_resume(folder.header, sweep=sweep, host=fingerprint(), tools=tools())
    for warning in folder.repair():
        say(f"warning: {warning}")
    records = folder.records()
    trials = planned_trials(folder.header.sweep, records)
    check_writable(path, len(trials) * BYTES_PER_TRIAL)
    left = remaining(trials, records, is_wanting)
    header = folder.header
    begin = partial(folder.reopen, boot_id()) if left else lambda: folder
    return Prepared(begin=begin, host=header.host, sweep=header.sweep, todo=left)
