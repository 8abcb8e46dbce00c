"""Pages of the site as HTML; whatever a host name or an error holds is escaped. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bench.analysis.answers.question import Sentence
from bench.analysis.boots import boots_text
from bench.compare.text import TITLES, explanation, said
from bench.compare.verdict import Verdict
from bench.page.anchors import anchor_of
from bench.publish.catalogue import HEADLINES, Entry, FleetEntry, over_cells
from bench.publish.comparison import Pair
from bench.publish.contributed import classes
from bench.publish.questions import topics
from bench.publish.trend import HEIGHT, WIDTH, Trend
from bench.store.limits_files import Limits
from bench.words.claims import Verdict as ClaimVerdict
from bench.words.escape import printable
from bench.words.plurals import counted

_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Page:
    """One file of the site: its path in it, and its content."""

    path: str
    html: str


def pages(
    entries: Sequence[Entry],
    fleets: Sequence[FleetEntry],
    compared: Sequence[Pair],
    trends: Sequence[Trend],
    limits: Limits,
    answers: Mapping[str, Sequence[Sentence]] | None = None,
) -> Iterator[Page]:
    """All pages but the reports of the runs, which have renderers of their own.

    Args:
        entries: The runs, newest first.
        fleets: The fleet runs, newest first.
        compared: Every two of them.
        trends: Runs of the same sweep on the same host.
        limits: Answers of kernels; may be empty.
        answers: What each run answers, by its id; those without are left out.
    """
    runs = [entry for entry in entries if not entry.is_recording]
    yield page(
        "index.html",
        topics=topics(runs, answers or {}, trends),
        recordings=[
            (entry, (answers or {}).get(entry.id, ())) for entry in entries if entry.is_recording
        ],
        fleets=fleets,
        headlines=HEADLINES,
        over_cells=over_cells,
    )
    yield page("compare/index.html", pairs=compared)
    yield page("trends/index.html", trends=trends)
    verdicts = [str(verdict) for verdict in ClaimVerdict]
    untried = untried_kernels(entries, limits)
    yield page("limits/index.html", limits=limits, verdicts=verdicts, untried=untried)
    yield from _compared(compared)
    for trend in trends:
        path = f"trends/{trend.name}.html"
        yield page(path, "trends/trend.html", trend=trend, width=WIDTH, height=HEIGHT)
    for kernel in limits.kernels:
        path = f"limits/{kernel.page}.html"
        yield page(
            path, "limits/kernel.html", kernel=kernel, claims=limits.claims, verdicts=verdicts
        )


def contributed_page(entries: Sequence[Entry]) -> Page:
    """The runs of other machines, newest first, by hardware class."""
    return page("contributed/index.html", classes=classes(entries))


def untried_kernels(entries: Sequence[Entry], limits: Limits) -> list[str]:
    """Releases that runs were made on and that no limits were tried on: another build differs."""
    tried = {kernel.release for kernel in limits.kernels}
    return sorted({entry.kernel for entry in entries} - tried) if tried else []


def samples_page(run: str, files: Sequence[str]) -> Page:
    """The list of a run's time series, by name of their files; ``run`` is its folder."""
    name = run.rpartition("/")[2]
    return page(f"{run}/samples/index.html", "samples.html", run=name, files=files)


def _compared(compared: Iterable[Pair]) -> Iterator[Page]:
    for pair in compared:
        if pair.result is not None:
            yield page(
                f"compare/{pair.name}.html",
                "compare/pair.html",
                pair=pair,
                titles=TITLES,
                notes=list(said(pair.result)),
                explanation=explanation(pair.result.settings),
                counts=[(verdict, pair.result.count(verdict)) for verdict in Verdict],
            )


def page(path: str, template: str = "", **values: Any) -> Page:
    """One page of the site; ``template`` is that of its path unless another is given."""
    root = "../" * path.count("/")
    found = _environment().get_template(f"{template or path}.j2")
    return Page(path, found.render(root=root, **values))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        finalize=lambda value: printable(value) if type(value) is str else value,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["anchor_of"] = anchor_of
    environment.globals["counted"] = counted
    environment.globals["boots_text"] = boots_text
    return environment
