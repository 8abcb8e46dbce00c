"""``bench run``: a sweep on this host."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from pydantic import TypeAdapter

from bench.analysis.findings import findings
from bench.campaign.loop import Audience, cells_of, finished, measure_all
from bench.campaign.prepare import (
    Prepared,
    measurable,
    planned_trials,
    prepare,
    prepare_resumed,
    seeded,
    tools,
)
from bench.campaign.resume import check_resume
from bench.clean.removal import clean_up
from bench.cli.console import console, error_console, print_json, say, show_error
from bench.cli.grouped import Grouped
from bench.cli.load_host import load_host_of
from bench.cli.noise_here import power_line
from bench.cli.options import sweep_of
from bench.cli.overload_file import confirm_file
from bench.cli.programs_table import programs_document, programs_table
from bench.cli.progress import Display, display_for
from bench.cli.renamed import SWEEPS, Renaming
from bench.cli.risk import risk_of
from bench.cli.run_options import GROUPS, run_options
from bench.cli.summary import run_document, show_summary
from bench.cli.warmup_of import base_of
from bench.errors import BenchError, UsageError
from bench.exits import exit_of
from bench.host.cpus import find_cpus
from bench.host.exclusive import sole_measurement
from bench.host.fingerprint import fingerprint
from bench.host.holder import Note
from bench.host.privilege import require_bpf
from bench.host.promise import verify_promise
from bench.load.controller import LoadHost
from bench.record import RunHeader
from bench.report.markdown import write_findings
from bench.spec import Cell, Sweep
from bench.store import RunFolder
from bench.store.limits_files import limits_beside
from bench.store.run import read_run
from bench.sweep.again import is_answered, is_wanting, unanswered_lines, wanting_lines
from bench.sweep.checks import check_load_host
from bench.sweep.plan import PlannedTrial, expected_seconds, remaining
from bench.trial.guard import refuse_strained
from bench.trial.politeness import polite_lines
from bench.trial.rig import Rig
from bench.units import exact_duration, format_percent
from bench.words.cells import cell_text
from bench.words.plurals import counted
from bench.words.warmups import warmup_lines

CELL = TypeAdapter(Cell)


class _Run(Grouped, Renaming):
    """Both."""


@click.command(cls=_Run, groups=GROUPS, was=SWEEPS)
@run_options
def run(
    *,
    source: str | None,
    quick: bool,
    results: Path,
    resume: Path | None,
    list_programs: bool,
    dry_run: bool,
    warmup_of: Path | None,
    as_json: bool,
    load_to: str | None,
    load_identity: Path | None,
    load_address: tuple[str, ...],
    **given: Any,
) -> int:
    """Run a sweep: every cell several times, in randomised blocks.

    Describe it by options, each taking several values separated by commas, or by a file.

    \b
    bench run --quick
    bench run --program resident --map-size 1k,100k --timeout 10ms,100ms --load 0,5k
    bench run --resume results/20260101T120000Z-host-quick
    """
    if list_programs:
        return _show_programs(as_json=as_json)
    if quick and source not in (None, "quick"):
        raise UsageError("--quick and --sweep name two sweeps", remedy="Give one of them")
    if not dry_run:
        require_bpf()  # First, because others may not even be able to read what follows.
    sweep = sweep_of("quick" if quick else source, given)
    if sweep is None and resume is None:
        remedy = "Add --quick, --sweep NAME, --program NAME or --resume RUN"
        raise UsageError("nothing to run", remedy=remedy)
    sweep = sweep and measurable(sweep, say)
    if sweep is not None and not dry_run and given.get("allow_overload") is None:
        confirm_file(sweep)
    load_host = load_host_of(load_to, load_identity, load_address)
    base = _base(sweep, warmup_of, results, given) if resume is None else None
    if dry_run:
        return _show_plan(sweep, resume, results, base, as_json=as_json)
    if sweep is not None:
        # Mistakes are reported whatever else the host is doing.
        _check_load_host(load_host, planned_trials(sweep))
    with sole_measurement() as note:
        verify_promise()
        clean_up(say)
        prepared = prepare_resumed(resume, sweep, say) if resume else prepare(sweep, results, base)
        return _run(prepared, load_host, note, as_json=as_json)


def _base(
    sweep: Sweep | None, path: Path | None, results: Path, given: Mapping[str, Any]
) -> RunHeader | None:
    if path is not None and given.get("warmup") is not None:
        problem = "--warmup and --warmup-of name two warm-ups"
        raise UsageError(problem, remedy="Give one of them")
    return base_of(sweep, path, results) if sweep else None


def _show_programs(*, as_json: bool) -> int:
    if as_json:
        print_json(programs_document())
    else:
        console().print(programs_table())
    return 0


def _show_plan(
    sweep: Sweep | None,
    resume: Path | None,
    results: Path,
    base: RunHeader | None,
    *,
    as_json: bool,
) -> int:
    if resume is not None:
        folder = RunFolder.open(resume)
        check_resume(folder.header, sweep=sweep, host=fingerprint(), tools=tools())
        sweep = folder.header.sweep
        records = folder.records()
        trials = remaining(planned_trials(sweep, records), records, is_wanting)
    elif sweep is not None:
        sweep = replace(sweep, warmup=base.sweep.warmup, pilot=0) if base else sweep
        trials = planned_trials(seeded(sweep))
    else:
        trials = []
    assert sweep is not None
    seconds = expected_seconds(sweep, trials)
    power = power_line(sweep, trials, results)
    cpus = len(find_cpus().usable)
    risk = risk_of([trial.cell for trial in trials], cpus)
    polite = polite_lines() if sweep.polite else []
    if as_json:
        rows = [_plan_row(trial) for trial in trials]
        print_json(
            {
                "trials": rows,
                "expected_seconds": round(seconds, 1),
                "power": power,
                "risk": risk.document(),
                "polite": sweep.polite,
            }
        )
        return 0
    out = console()
    for trial in trials:
        line = f"block {trial.block:>2}  trial {trial.trial:>3}  {cell_text(trial.cell)}"
        out.print(line, soft_wrap=True, markup=False)
    out.print(f"{counted(len(trials), 'trial')}, about {round(seconds)} s")
    for line in (*([power] if power else []), *risk.lines(cpus), *polite):
        out.print(line, soft_wrap=True, markup=False)
    if sweep.precision is not None:
        goal = f"{format_percent(sweep.precision)} of {sweep.precision_metric}"
        budget = exact_duration(sweep.budget)
        out.print(f"then cells again until they are within {goal}, or {budget} are measured")
    return 0


def _plan_row(trial: PlannedTrial) -> dict[str, Any]:
    return {
        "trial": trial.trial,
        "block": trial.block,
        "cell": cell_text(trial.cell),
        "parameters": CELL.dump_python(trial.cell, mode="json"),
    }


def _check_load_host(load_host: LoadHost | None, trials: Sequence[PlannedTrial]) -> None:
    if load_host is not None:
        check_load_host([trial.cell for trial in trials])


def _run(prepared: Prepared, load_host: LoadHost | None, note: Note, *, as_json: bool) -> int:
    """Set up first and make the run folder then, so that a failed set-up leaves none."""
    _check_load_host(load_host, prepared.todo)
    if not prepared.todo:
        error_console().print("Nothing left to run.")
        return _conclude(finished(prepared.begin()), as_json=as_json)
    expected = expected_seconds(prepared.sweep, prepared.todo)
    with Rig(cells_of(prepared), load_host, prepared.host) as rig:
        for remark in rig.remarks():
            say(remark)
        if prepared.sweep.polite:
            refuse_strained()
        folder = prepared.begin()
        note.tell_run(folder.path)
        for line in warmup_lines(folder.header):
            say(line)
        plan_line = (
            f"{counted(len(prepared.todo), 'trial')}, about {round(expected)} s, into {folder.path}"
        )
        say(plan_line)
        return _recorded(rig, folder, prepared.todo, as_json=as_json)


def _recorded(rig: Rig, folder: RunFolder, todo: Sequence[PlannedTrial], *, as_json: bool) -> int:
    """Measure; the report is written and shown however that ends."""
    try:
        measure_all(rig, folder, todo, Audience(_display, say))
    except BaseException:
        try:
            _conclude(folder, as_json=as_json)
        except BenchError as error:  # The first error says more.
            show_error(error)
        raise
    return _conclude(finished(RunFolder.open(folder.path)), as_json=as_json)


def _display(expected: Mapping[int, float]) -> Display:
    return display_for(error_console(), expected)


def _conclude(folder: RunFolder, *, as_json: bool) -> int:
    """Write and show the report; the exit code that the records deserve."""
    found = findings([read_run(folder)], limits_beside([folder.path]))
    report, records = write_findings(found), folder.records()
    if as_json:
        print_json(run_document(folder, report))
    else:
        show_summary(console(), folder, records, report, found.answer)
    for line in wanting_lines(records):
        say(line)
    for line in unanswered_lines(records):
        say(line)
    return exit_of(unanswered=not is_answered(records, folder.header.trials_planned))
