"""``report.html`` of a fleet run: the look of a run's page, and what compares hosts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.analysis.answers.question import Sentence
from bench.fleet import grids
from bench.fleet.answer import answer
from bench.fleet.charts import sections
from bench.fleet.differing import differing
from bench.fleet.grouping import grouped
from bench.fleet.markdown import FIGURES_FILE, REPORT_FILE, how_to_read
from bench.fleet.model import Fleet
from bench.fleet.tables import left_out
from bench.fleet.words import Trouble, counts, troubles
from bench.page.charts.chart import Section
from bench.page.figures import with_files, write_figures
from bench.page.grid import Grid
from bench.page.shell import raw_files, render_page
from bench.page.write import PAGE_FILE
from bench.store import write_atomically

_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Everything that the page shows.

    Attributes:
        spoilt_count: Trials that failed or do not count, of all hosts.
        how: By what rule hosts were judged; ``nothing``: what to say if none differs.
        tables: Title, meaning and table of each quantity.
    """

    fleet: Fleet
    counts: str
    answer: tuple[Sentence, ...]
    troubles: tuple[Trouble, ...]
    hosts: Grid
    spoilt: Grid
    spoilt_count: int
    left_out: list[str]
    differing: Grid
    how: str
    nothing: str
    facts: Grid
    sections: tuple[Section, ...]
    tables: Sequence[tuple[str, str, Grid]]
    tables_meaning: str


def content_of(fleet: Fleet, *, by: str) -> Content:
    """Gather it.

    Raises:
        UsageError: Hosts cannot be grouped by that.
    """
    groups = grouped(fleet, by)
    found, wrong = differing(groups, by), troubles(fleet)
    return Content(
        fleet=fleet,
        counts=counts(fleet),
        answer=answer(fleet, found, wrong),
        troubles=wrong,
        hosts=grids.hosts(fleet, by),
        spoilt=grids.spoilt(fleet),
        spoilt_count=sum(host.spoilt_count for host in fleet.hosts),
        left_out=left_out(fleet),
        differing=grids.differing(fleet, found),
        how=found.how,
        nothing=found.nothing,
        facts=grids.facts(fleet),
        sections=sections(fleet, groups, by),
        tables=grids.tables(fleet, groups),
        tables_meaning=how_to_read(fleet, by),
    )


def write_fleet_page(
    fleet: Fleet, folder: Path, *, by: str, pictures: bool = False, library: str = ""
) -> Path:
    """Write ``report.html`` into a folder, and ``figures/`` if asked for; the path of the page.

    Raises:
        UsageError: Hosts cannot be grouped by that.
        BenchError: They cannot be written.
    """
    content = content_of(fleet, by=by)
    if pictures:
        write_figures(with_files(content.sections), folder)
    page = render(content, folder, pictures=pictures, library=library)
    write_atomically(folder / PAGE_FILE, page.encode())
    return folder / PAGE_FILE


def render(content: Content, out: Path, *, pictures: bool = False, library: str = "") -> str:
    """The page as HTML; ``out`` is the folder that its links to raw records start from."""
    known = [(host.name, host.folder) for host in content.fleet.hosts if host.folder]
    sweep = content.fleet.sweep
    return render_page(
        "fleet.html.j2",
        content.sections,
        templates=[_TEMPLATES],
        pictures=pictures,
        library=library,
        content=content,
        each=content.fleet.each,
        title=f"Sweep {sweep} on a fleet" if sweep else f"Fleet of {content.fleet.name}",
        raw=[(name, list(raw_files(run, out, PAGE_FILE))) for name, run in known],
        figures_file=FIGURES_FILE,
        report_file=REPORT_FILE,
    )
