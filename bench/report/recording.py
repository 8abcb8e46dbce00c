"""Recordings of ``bench watch`` as ``report.md`` and in a terminal: maps, and nothing of trials."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from jinja2 import Environment
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from bench.analysis.provenance import facts
from bench.analysis.recorded import (
    ONE_OBSERVATION,
    Watched,
    how_recorded,
    known_quantities,
    lasted,
    recorded_answer,
    steal_text,
    watched,
)
from bench.report.answer_lines import print_answer, print_lines
from bench.report.terminal import figures_table, fitting
from bench.store.run import Run
from bench.words.escape import Markdown, fenced, printable, table

TEMPLATE = "recording.md.j2"


def render_recording(run: Run, environment: Environment) -> str:
    """The report of one recording as Markdown.

    Args:
        run: Its header and records.
        environment: What has the template.
    """
    maps = watched([run])
    return environment.get_template(TEMPLATE).render(
        header=run.header,
        lasted=lasted(run.header, run.records),
        warnings=run.warnings,
        sentences=recorded_answer([run]),
        maps=maps_table(maps) if maps else None,
        notes=[note for each in maps for note in each.record.notes],
        meaning=ONE_OBSERVATION,
        columns=known_quantities(maps),
        used=how_recorded(run.header),
        steal=steal_text(run.records),
        command=fenced(shlex.join(run.header.command) or "not recorded", "sh"),
        host=table(("fact", "value"), facts(run.header.host), right=2),
        tools=table(("tool", "version"), facts(run.header.tools), right=2),
    )


def maps_table(maps: Sequence[Watched]) -> Markdown:
    """A row for each map."""
    columns = known_quantities(maps)
    rows = [(each.name, *map(each.text, columns)) for each in maps]
    return table(("map", *(column.title for column in columns)), rows, right=1)


def render_side_by_side(runs: Sequence[Run]) -> str:
    """Several recordings as one table of Markdown, with what is not known of them."""
    maps = watched(runs)
    lines = [f"- **{each.subject}.** {each.text}" for each in recorded_answer(runs)]
    shown = maps_table(maps) if maps else "No map could hold a bpf_timer."
    return "\n".join([*lines, "", str(shown).rstrip("\n"), "", ONE_OBSERVATION, ""])


def print_recording(console: Console, run: Run) -> None:
    """Print when it was, what it says, and what was seen of each map."""
    maps = watched([run])
    head = f"Recording {run.header.run_id}. {lasted(run.header, run.records)}"
    print_lines(console, [head])
    print_answer(console, recorded_answer([run]))
    console.print()
    for shown in _tables(maps, console.width):
        console.print(shown)
    print_lines(console, [note for each in maps for note in each.record.notes])
    console.print(Text(ONE_OBSERVATION, style="dim"))


def _tables(maps: Sequence[Watched], width: int) -> Iterator[RichTable]:
    """One table, or several that begin with the map where one would be wider."""
    columns = known_quantities(maps)
    titles = ["map", *(column.title for column in columns)]
    rows = [[printable(each.name), *map(each.text, columns)] for each in maps]
    if not rows:
        return
    columns_of_text = zip(titles, zip(*rows, strict=True), strict=True)
    widths = [max(map(len, (*title.split(), *texts))) for title, texts in columns_of_text]
    for places in fitting(widths, 1, width):
        shown = figures_table([titles[place] for place in places])
        for row in rows:
            shown.add_row(*(Text(row[place]) for place in places))
        yield shown
