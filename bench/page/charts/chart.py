"""What every chart has: a definition for page, SVG and PNG, and words for who cannot see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.page.charts import theme

TRIALS = "trials"
"""Name of the layer of single trials among what a definition carries besides (``usermeta``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One picture.

    Attributes:
        key: Its anchor in the page and its file's name.
        title: What it shows.
        heading: The same where the chart's group already says which cells; else the title.
        alt: The same for somebody who cannot see it, with the decisive figures.
        caption: How to read it.
        spec: Vega-Lite, without title and background.
        fluid: Whether it may be made narrower than it was defined.
    """

    key: str
    title: str
    alt: str
    caption: str
    spec: dict[str, Any]
    fluid: bool = True
    heading: str = ""

    @property
    def has_trials(self) -> bool:
        """Whether the page can draw the single trials behind its points."""
        return TRIALS in self.spec.get("usermeta", {})

    def standalone(self) -> dict[str, Any]:
        """The definition with what a picture outside of the page needs: title and background."""
        title = {"text": self.title, "anchor": "start", "fontSize": 14, "offset": 10}
        return self.spec | {"title": title, "background": "white", "padding": 12}


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Charts side by side under one heading, folded away unless ``open``."""

    title: str
    charts: Sequence[Chart]
    open: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the page.

    Attributes:
        key: Its anchor.
        intro: What question it answers; or why there is nothing to see.
        notes: What was left out, and other remarks.
    """

    key: str
    title: str
    intro: str
    groups: Sequence[Group] = ()
    notes: Sequence[str] = field(default=())

    @property
    def charts(self) -> list[Chart]:
        """All charts in order."""
        return [chart for group in self.groups for chart in group.charts]


def together(*charts: Chart) -> list[Group]:
    """Charts under the heading of their section; no group without any."""
    return [Group(title="", charts=charts)] if charts else []


Datum = dict[str, Any]
"""What one mark of a chart is drawn from, by field.

``cell`` is the name of its cell in the tables, by which a reader picks; what has none always stays.
"""


def structure(chart: Any) -> dict[str, Any]:
    """Vega-Lite of an Altair chart whose data are named only."""
    spec: dict[str, Any] = chart.to_dict(validate=False)
    return spec


def definition(
    spec: dict[str, Any], description: str, **datasets: Sequence[Datum]
) -> dict[str, Any]:
    """The structure of a chart completed with theme, description and data by name.

    Data join last: Altair would copy and check every value of them several times.
    """
    data = {name: list(rows) for name, rows in datasets.items()}
    theming = {"config": theme.CONFIG, "description": description, "datasets": data}
    return spec | theming
