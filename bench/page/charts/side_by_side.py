"""The engines' choice with a plot for each kind of work: for pictures, which have no tooltips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bench.analysis.cell_rows import CellRow
from bench.analysis.frontier import Choice, choices
from bench.page.charts.chart import Chart
from bench.page.charts.decision import CHART, section

MOST_WORKS = 6
"""Kinds of work that a picture has room for."""
WIDTH, HEIGHT, ACROSS = 220, 150, 3
"""Of the plots, which side by side are as wide as a page of text."""
_OF_ONE_PLOT = {"layer", "width", "height", "resolve", "usermeta"}


def side_by_side(rows: Sequence[CellRow]) -> list[Chart]:
    """The chart of all work, divided; none of one kind, or of more than there is room for."""
    works = list(dict.fromkeys(choice.work for choice in sorted(choices(rows), key=_place)))
    if not 1 < len(works) <= MOST_WORKS:
        return []
    whole = next(chart for chart in section(rows).charts if chart.key == CHART)
    return [replace(whole, key=f"{CHART}-works", spec=_divided(whole.spec, works))]


def _place(choice: Choice) -> tuple[float, float]:
    return choice.row.cell.stated_timeout_ns, choice.row.cell.load_hz or 0.0


def _divided(spec: dict[str, Any], works: Sequence[str]) -> dict[str, Any]:
    """A plot for each kind of work, with the layers and the axes of the whole."""
    kept = {name: value for name, value in spec.items() if name not in _OF_ONE_PLOT}
    layers = [_in_legend(layer) for layer in spec["layer"]]
    return kept | {
        "facet": {
            "field": "work",
            "type": "nominal",
            "title": None,
            "sort": works,
            "header": {"labelFontSize": 12, "labelFontWeight": "bold"},
        },
        "columns": ACROSS,
        "spec": {"layer": layers, "width": WIDTH, "height": HEIGHT},
    }


def _in_legend(layer: dict[str, Any]) -> dict[str, Any]:
    """All plots have one legend, above them; it has the colours of each layer, or none."""
    colour = layer["encoding"].get("color")
    if colour is None:
        return layer
    columns = len(colour["scale"]["domain"])
    legend = {"direction": "horizontal", "columns": columns, "symbolOpacity": 1}
    return layer | {"encoding": layer["encoding"] | {"color": colour | {"legend": legend}}}
