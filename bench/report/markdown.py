"""``report.md``: the tables of a run with everything needed to judge and repeat them."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bench.analysis.answers.gloss import gloss_text
from bench.analysis.answers.tabled import tabled
from bench.analysis.drift import drift_text
from bench.analysis.effect_text import KNEE_TITLES, TITLES, effect_sections, knee_rows
from bench.analysis.estimate import level_of
from bench.analysis.figure_text import FLAG, LEVELS, RANGE
from bench.analysis.findings import Findings, findings
from bench.analysis.provenance import Provenance, facts, provenance
from bench.analysis.stolen import late_and_stolen
from bench.analysis.summary import plain, summarise
from bench.analysis.tails import meaning, tails_table
from bench.quantities.behaviour import NO_MEASUREMENT
from bench.quantities.catalogue import wide_table_of
from bench.record import RunHeader, TrialRecord, is_measurement
from bench.report.cost_table import MEANING as COST_MEANING
from bench.report.cost_table import cost_table
from bench.report.figure_tables import answer_grid, controls_table, own_table, part
from bench.report.places import Heading, linked
from bench.report.recording import render_recording
from bench.report.stage_tables import latest_table, stages_table
from bench.store import RunFolder, write_atomically
from bench.store.limits_files import limits_beside
from bench.store.run import read_run
from bench.store.upgrade import lacking
from bench.sweep.sweep_text import sweep_yaml
from bench.words.escape import Markdown, escape, fenced, table
from bench.words.plurals import counted
from bench.words.warmups import warmup_lines

REPORT_FILE = "report.md"
_TEMPLATES = Path(__file__).parent / "templates"


def write_report(run: RunFolder) -> Path:
    """Write ``report.md`` into the run's folder, from what is on disk.

    Raises:
        BenchError: Records are corrupted, or the report cannot be written.
    """
    return write_findings(findings([read_run(run)], limits_beside([run.path])))


def write_findings(found: Findings) -> Path:
    """The same for what was found in the records of one run already.

    Raises:
        BenchError: The report cannot be written.
    """
    (run,) = found.runs
    path = run.path / REPORT_FILE
    write_atomically(path, report_of(found).encode())
    return path


def report_of(found: Findings) -> str:
    """The report of one run, or of one recording, as Markdown."""
    (run,) = found.runs
    if found.recorded:
        return render_recording(run, _environment())
    return render(run.header, run.records, warnings=run.warnings, found=found)


def render(
    header: RunHeader,
    records: Sequence[TrialRecord],
    *,
    warnings: Sequence[str] = (),
    found: Findings | None = None,
) -> str:
    """The report as Markdown.

    Args:
        header: ``run.json``.
        records: The latest record of each trial.
        warnings: What was wrong with the files, for the reader.
        found: What they say together: the answer, tails, drift; without it, these are left out.
    """
    sources = provenance(records, header.trials_planned)
    measured = is_measurement(header)
    cautions = () if measured else (NO_MEASUREMENT,)
    figures = _figures(header, records, found)
    sentences = found.answer if found and measured else ()
    return (
        _environment()
        .get_template("report.md.j2")
        .render(
            header=header,
            sources=sources,
            warnings=(*cautions, *warnings),
            heading=Heading,
            sentences=linked(tabled(sentences), _headings(figures)),
            grid=answer_grid,
            words=gloss_text(found.words) if found and measured else "",
            tails_meaning=meaning(place="In brackets", table="the table of its program"),
            costs_meaning=COST_MEANING,
            levels=LEVELS,
            flag=FLAG,
            mark=RANGE,
            troubles=_troubles(sources),
            used=[
                *_used(sources, records),
                *_windows(header, sources),
                *_drift(found),
                *_format(header),
            ],
            command=fenced(shlex.join(header.command), "sh"),
            sweep=fenced(sweep_yaml(header.sweep), "yaml"),
            host=table(("fact", "value"), facts(header.host), right=2),
            tools=table(("tool", "version"), facts(header.tools), right=2),
            **figures,
        )
    )


def _figures(
    header: RunHeader, records: Sequence[TrialRecord], found: Findings | None
) -> dict[str, Any]:
    """What the template has of the trials: of an emulated machine nothing that its time decides."""
    columns, level = wide_table_of(header), level_of(header.sweep)
    measured = is_measurement(header)
    return {
        "tables": [part(item) for item in summarise(plain(records), columns, level=level)],
        "controls": controls_table(records, columns),
        "columns": columns,
        "hazards": found.hazards if found and measured else (),
        "own": own_table(plain(records)) if measured else None,
        "tails": tails_table(found.tails) if found and found.tails else None,
        "costs": cost_table(records) if measured else None,
        "effects": _effects(records) if measured else [],
        "stages": stages_table(records) if measured else None,
        "latest": latest_table(records) if measured else None,
        "knees": _knees(records) if measured else None,
    }


def _headings(figures: Mapping[str, Any]) -> list[str]:
    """Those that a line of the answer can lead to, programs with their tables first."""
    known = {
        Heading.PRODUCTION: "hazards",
        Heading.OWN: "own",
        Heading.COSTS: "costs",
        Heading.KNEES: "knees",
    }
    return [
        *(item.program for item in figures["tables"]),
        *(str(heading) for heading, name in known.items() if figures[name]),
        *(title for title, _, _ in figures["effects"]),
    ]


def _environment() -> Environment:
    # Every expression is escaped unless it is Markdown by type: nothing can be forgotten.
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=False,
        finalize=escape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals["counted"] = counted
    return environment


def _effects(records: Sequence[TrialRecord]) -> list[tuple[str, str, Markdown]]:
    sections = effect_sections(records)
    return [(title, text, table(TITLES, rows, right=3)) for title, text, rows in sections]


def _knees(records: Sequence[TrialRecord]) -> Markdown | None:
    rows = knee_rows(records)
    return table(KNEE_TITLES, rows, right=1) if rows else None


def _troubles(sources: Provenance) -> Markdown:
    titles = ("trial", "block", "status", "cell", "reasons")
    rows = [(str(t.trial), str(t.block), t.status, t.cell, t.why) for t in sources.troubles]
    return table(titles, rows, right=len(titles))


def _format(header: RunHeader) -> list[tuple[str, tuple[str, ...]]]:
    return [("Format", (text,))] if (text := lacking(header)) else []


def _used(sources: Provenance, records: Sequence[TrialRecord]) -> list[tuple[str, tuple[str, ...]]]:
    return [
        ("Hook", sources.hooks),
        ("Observer", sources.observers),
        ("Memory reserve", sources.reserves),
        ("Softirqs not seen", sources.unseen),
        ("Hook runs left out", sources.missed),
        ("Unsteady windows", sources.unsteady),
        ("Steal", (sources.steal, *filter(None, [late_and_stolen(records)]))),
        ("Failed or missed connections", (sources.load_errors,)),
    ]


def _windows(header: RunHeader, sources: Provenance) -> list[tuple[str, tuple[str, ...]]]:
    known = (("Warm-up", warmup_lines(header)), ("Trends within windows", sources.trends))
    return [(title, sentences) for title, sentences in known if sentences]


def _drift(found: Findings | None) -> list[tuple[str, tuple[str, ...]]]:
    judged = found.drifts if found else ()
    return [("Drift between blocks", (drift_text(drifts),)) for _, drifts in judged]
