"""``bench ab``: two variants in randomised pairs until the verdict is certain."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from bench.campaign.paired import (
    Answer,
    Before,
    answer_of,
    asked,
    measure_pairs,
    next_pair,
    planned_pairs,
)
from bench.campaign.prepare import BYTES_PER_TRIAL, new_header, seeded, tools
from bench.campaign.resume import check_resume
from bench.cli.ab_options import DEFAULTS, ab_options
from bench.cli.console import console, error_console, print_json, say
from bench.cli.progress import PlainDisplay
from bench.cli.renamed import SWEEPS, Renaming
from bench.cli.variants import value_of, variants_of
from bench.errors import BenchError, UsageError
from bench.exits import Exit, exit_of
from bench.host.boot import boot_id
from bench.host.exclusive import sole_measurement
from bench.host.fingerprint import drift, fingerprint
from bench.host.privilege import require_bpf
from bench.host.sysctl import Sysctl, path_of
from bench.pairs.finding import Verdict
from bench.pairs.metric import metric_of
from bench.pairs.text import document, lines, need_line
from bench.programs.registry import PROGRAMS
from bench.quantities.quantity import Scale
from bench.record import PairedQuestion, RunHeader, is_measurement
from bench.report.markdown import write_report
from bench.spec import Cell
from bench.store import RunFolder, check_writable, write_atomically
from bench.trial.guard import refuse_strained
from bench.trial.rig import Rig
from bench.words.plurals import counted

AB_FILE = "ab.json"
GIVEN_BY_DEFAULT = ("threshold", "points", "pairs")


@click.command(cls=Renaming, was=SWEEPS)
@ab_options
def ab(*, resume: Path | None, results: Path, as_json: bool, **given: Any) -> int:
    """Compare two variants on this host, in randomised pairs, until the verdict is certain.

    One metric, declared before the first trial, decides whether b is worse than a by more than
    the margin. It may be looked at after every pair: the answer is wrong in 5 % of runs at most,
    however often that is, and whatever interrupts it.

    Exit code 0 means that b is the same or better, 1 that it is worse, 4 that it cannot be told.

    \b
    bench ab --program resident --map-size 1k --timeout 10ms --a rearm=absolute --b rearm=relative
    bench ab --program tcp --load 2k --timeout 100ms --a engine=bpf_timer --b engine=user_gc
    bench ab --program resident --map-size 1k --sysctl kernel.timer_migration=1,0
    """
    require_bpf()
    if resume is not None:
        _refuse_mixed(given)
    header = _declared(given) if resume is None else None
    with sole_measurement() as note:
        folder = _resumed(resume) if resume else None
        start = folder.header if folder else header
        assert start is not None
        if folder is not None:
            if not next_pair(start, folder.records()):
                return _conclude(folder, as_json=as_json)
            folder = folder.reopen(boot_id())
        with (
            _setting(start) as (before, varied),
            Rig(_cells(start), host=start.host, varied=varied) as rig,
        ):
            for remark in rig.remarks():
                say(remark)
            if start.sweep.polite:
                refuse_strained()
            folder = folder or RunFolder.create(results, start)
            note.tell_run(folder.path)
            say(_plan_line(start, folder))
            return _recorded(rig, folder, before, as_json=as_json)


def _refuse_mixed(given: dict[str, Any]) -> None:
    named = [name for name, value in given.items() if value and name not in GIVEN_BY_DEFAULT]
    if named:
        flags = ", ".join("--" + name.rstrip("s" * (name == "options")) for name in named)
        raise UsageError(
            f"{flags.replace('_', '-')} with --resume", remedy="A run goes on as it was begun"
        )


def _declared(given: dict[str, Any]) -> RunHeader:
    """What the run will ask, before anything is measured."""
    if given.get("program") is None:
        raise UsageError("no program given", remedy=f"Add --program, one of: {', '.join(PROGRAMS)}")
    chosen = {name: given[name] or value for name, value in DEFAULTS.items()}
    both = variants_of(given | chosen, given["a"], given["b"], given["sysctl"])
    if both.sysctl:
        path_of(both.sysctl)
    sweep = replace(seeded(both.sweep), name="ab", repeat=given["pairs"])
    metric = metric_of((both.a, both.b), sweep.duration, given["metric"])
    margin = given["threshold"] if metric.scale is Scale.RATIO else given["points"]
    question = PairedQuestion(
        a=both.a,
        b=both.b,
        metric=metric.title,
        margin=margin,
        pairs=given["pairs"],
        sysctl=both.sysctl,
    )
    header = new_header(sweep, 2 * question.pairs, question)
    if not is_measurement(header):
        problem = "the machine is emulated, and its time is not a measurement"
        raise BenchError(problem, remedy="Compare on a host, or with bench instructions")
    planned_pairs(header)
    return header


def _resumed(path: Path) -> RunFolder:
    folder = RunFolder.open(path)
    if folder.header.ab is None:
        problem = f"run {folder.header.run_id} was not made by bench ab"
        raise UsageError(problem, remedy=f"Continue it with: bench run --resume {path}")
    check_resume(folder.header, sweep=None, host=fingerprint(), tools=tools())
    for warning in folder.repair():
        say(f"warning: {warning}")
    return folder


def _cells(header: RunHeader) -> tuple[Cell, Cell]:
    return asked(header).a, asked(header).b


@contextmanager
def _setting(header: RunHeader) -> Iterator[tuple[Before, tuple[str, ...]]]:
    """How to make the host what a variant wants, and which facts of it that changes.

    Both values are tried first, so that a wrong one ends the run before it begins.
    """
    question = asked(header)
    if question.sysctl is None:
        yield (lambda cell: None), ()
        return
    with Sysctl(question.sysctl) as setting:
        seen = []
        for cell in (question.a, question.b):
            setting.set(value_of(cell))
            seen.append(fingerprint())
        changes = [*drift(*seen), *drift(header.host, seen[0]), *drift(header.host, seen[1])]
        yield (lambda cell: setting.set(value_of(cell))), tuple({one.name for one in changes})


def _plan_line(header: RunHeader, folder: RunFolder) -> str:
    most = counted(asked(header).pairs, "pair")
    return f"metric: {asked(header).metric}; {most} at most, into {folder.path}"


def _recorded(rig: Rig, folder: RunFolder, before: Before, *, as_json: bool) -> int:
    """Measure; what was found is written and shown, also where it is less than asked."""
    check_writable(folder.path, folder.header.trials_planned * BYTES_PER_TRIAL)
    try:
        with PlainDisplay(error_console()) as display:
            folder = measure_pairs(rig, folder, display, before)
    except BaseException:
        say(f"To go on: bench ab --resume {folder.path}")
        raise
    return _conclude(folder, as_json=as_json)


def _conclude(folder: RunFolder, *, as_json: bool) -> int:
    header, records = folder.header, folder.records()
    found = answer_of(header, records)
    parts = asked(header), found.metric, found.pairs, found.finding
    text = {"run_id": header.run_id, **document(*parts)}
    write_atomically(folder.path / AB_FILE, json.dumps(text, indent=2).encode() + b"\n")
    report = write_report(folder)
    if as_json:
        print_json({"path": str(folder.path), "report": str(report), **text})
    else:
        for line in lines(*parts):
            console().print(line, markup=False, soft_wrap=True)
        console().print(f"Trials: {folder.path}", markup=False, soft_wrap=True)
    if found.finding.verdict is Verdict.CANNOT_TELL:
        say(need_line(found.finding))
    return _exit(found)


def _exit(found: Answer) -> Exit:
    verdict = found.finding.verdict
    return exit_of(bad=verdict is Verdict.WORSE, unanswered=verdict in (None, Verdict.CANNOT_TELL))
