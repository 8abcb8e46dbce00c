"""What every page has around its content: style, script, libraries, and the look of its parts."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bench.analysis.answers.tabled import tabled
from bench.page.bundle import libraries, script_data
from bench.page.charts.chart import Section
from bench.page.figures import FOLDER, with_files
from bench.words.machines import virtual_machine
from bench.words.plurals import counted

_TEMPLATES = Path(__file__).parent / "templates"
LONG_TABLE = 150
"""Rows from which a table is text until it is near the screen."""
_RAW_FILES = ("run.json", "trials.jsonl", "trials.jsonl.gz", "samples", "report.md")


def render_page(
    template: str,
    sections: Sequence[Section],
    *,
    templates: Sequence[Path] = (),
    choices: dict[str, Any] | None = None,
    pictures: bool = False,
    library: str = "",
    **values: Any,
) -> str:
    """A page as HTML, self-contained but for the raw records that it links to.

    Args:
        template: Extends ``shell.html.j2``.
        sections: Those made of charts.
        templates: Folders that hold it, if not that of run pages.
        choices: Data that the reader can choose from, by name.
        pictures: Whether files of the charts are beside the page.
        library: Address of the chart library beside the page; within it if empty.
        values: What the template needs besides.
    """
    charts = [chart for section in sections for chart in section.charts]
    page = _environment(templates).get_template(template)
    return page.render(
        figures=FOLDER,
        files={chart.key for chart in with_files(sections)} if pictures else set(),
        style=_inline("page.css"),
        script=_inline("data.js") + _inline("page.js") + _inline("whatif.js"),
        libraries=libraries() if charts and not library else Markup(""),
        library=library,
        long_table=LONG_TABLE,
        data=script_data(charts, **(choices or {})),
        **values,
    )


def raw_files(run: Path, out: Path, *more: str) -> Iterator[tuple[str, str]]:
    """Name and relative address of each raw file of a run, from a page in ``out``."""
    for name in (*_RAW_FILES, *more):
        path = run / name
        if path.exists():
            yield name, Path(os.path.relpath(path, out)).as_posix()


def _environment(templates: Sequence[Path]) -> Environment:
    environment = Environment(
        loader=FileSystemLoader([*templates, _TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["counted"] = counted
    environment.globals["tabled"] = tabled
    environment.globals["virtual_machine"] = virtual_machine
    return environment


def _inline(name: str) -> Markup:
    return Markup((_TEMPLATES / name).read_text(encoding="utf-8"))
