"""``report.html``, and its figures where they are asked for: assembled, escaped, written."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.analysis.figure_text import FLAG, LEVELS
from bench.analysis.findings import Findings
from bench.analysis.provenance import Provenance, facts, provenance
from bench.analysis.tails import meaning
from bench.page.bundle import choices
from bench.page.content import Content, content_of
from bench.page.figures import with_files, write_figures
from bench.page.recording import words
from bench.page.shell import raw_files, render_page
from bench.quantities.catalogue import NUMBERS
from bench.store import write_atomically
from bench.store.run import Run
from bench.sweep.sweep_text import sweep_yaml
from bench.words.warmups import warmup_lines

PAGE_FILE = "report.html"


@dataclass(frozen=True, slots=True)
class _Run:
    """What the page says of one run.

    Attributes:
        raw: Name and relative address of each raw file.
    """

    run: Run
    command: str
    sweep: str
    host: Sequence[tuple[str, str]]
    tools: Sequence[tuple[str, str]]
    used: Provenance
    warmup: Sequence[str]
    raw: Sequence[tuple[str, str]]


def write_findings(
    found: Findings, out: Path, *, pictures: bool = False, library: str = ""
) -> Content:
    """Write ``out/report.html`` for one or several runs, and ``out/figures/`` if asked for.

    Args:
        found: What their records say.
        out: The folder.
        pictures: Whether ``out/figures/`` is asked for.
        library: Address of the chart library beside the page; within it if empty.

    Raises:
        BenchError: The page cannot be written.
    """
    content = content_of(found)
    if pictures:
        write_figures(with_files(content.sections), out)
    text = render(content, out, pictures=pictures, library=library)
    write_atomically(out / PAGE_FILE, text.encode())
    return content


def render(content: Content, out: Path, *, pictures: bool = False, library: str = "") -> str:
    """The page as HTML; ``out`` is the folder that its links to raw records start from."""
    return render_page(
        "recording.html.j2" if content.found.recorded else "page.html.j2",
        content.sections,
        choices=choices(content),
        pictures=pictures,
        library=library,
        content=content,
        runs=[_run(run, out) for run in content.found.runs],
        title=_title(content),
        drawn={section.key for section in content.sections if section.charts},
        quantities=NUMBERS,
        tails_meaning=meaning(place="Below each figure", table="the table of all numbers"),
        levels=LEVELS,
        flag=FLAG,
        chosen=[curve.label for curve in content.found.curves if curve.chosen],
        **(words() if content.found.recorded else {}),
    )


def _title(content: Content) -> str:
    if content.found.recorded:
        names = ", ".join(dict.fromkeys(run.name for run in content.found.runs))
        return f"How late the bpf_timers of {names} fire"
    questions = {run.header.sweep.question for run in content.found.runs}
    names = ", ".join(dict.fromkeys(run.header.sweep.name for run in content.found.runs))
    return questions.pop() if len(questions) == 1 and any(questions) else f"Sweep {names}"


def _run(run: Run, out: Path) -> _Run:
    header = run.header
    return _Run(
        run=run,
        command=shlex.join(header.command),
        sweep=sweep_yaml(header.sweep),
        host=facts(header.host),
        tools=facts(header.tools),
        used=provenance(run.records, header.trials_planned),
        warmup=warmup_lines(header),
        raw=list(raw_files(run.path, out)),
    )
