"""How charts look: on white and on black, on screen and on paper, for every kind of eye.

Text and lines take the page's own text colour (``currentColor``), so one picture suits light,
dark and print; a file of its own has a white background, on which that colour is black.
"""

from __future__ import annotations

from typing import Any

PALETTE = (
    "#0077BB",
    "#D55E00",
    "#009E73",
    "#B5508F",
    "#8F7000",
    "#6B7680",
    "#7A62D9",
    "#9C5240",
)
"""Hues after Okabe and Ito, darkened or lightened to a contrast of 3 on white and on black.

As many as there are engines, of which each has its own.

Charts never tell by colour alone: shape, dash, position or text says the same.
"""
SHAPES = (
    "circle",
    "square",
    "triangle-up",
    "diamond",
    "cross",
    "triangle-down",
    "triangle-right",
    "triangle-left",
)
DASHES: tuple[list[int], ...] = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 4], [1, 3])
WIDTH = 640
HEIGHT = 320

DURATION_LABEL = (
    "datum.value >= 1e9 ? format(datum.value / 1e9, '~g') + 's'"
    " : datum.value >= 1e6 ? format(datum.value / 1e6, '~g') + 'ms'"
    " : datum.value >= 1e3 ? format(datum.value / 1e3, '~g') + 'µs'"
    " : format(datum.value, '~g') + 'ns'"
)
"""Expression for the labels of an axis in nanoseconds."""
COUNT_LABEL = "replace(format(datum.value, '~s'), '\N{GREEK SMALL LETTER MU}', 'µ')"
"""Expression for the labels of an axis of counts and rates."""

LEGEND_COLUMNS = 3
"""Columns of a horizontal legend; the page gives a narrow chart fewer."""

_INK = "currentColor"
_FONT = "system-ui, -apple-system, 'Segoe UI', 'Liberation Sans', sans-serif"

CONFIG: dict[str, Any] = {
    "background": None,
    "font": _FONT,
    "padding": 4,
    "view": {"stroke": None},
    "aria": False,
    "title": {"color": _INK},
    "header": {"labelColor": _INK, "titleColor": _INK},
    "axis": {
        "labelColor": _INK,
        "titleColor": _INK,
        "gridColor": _INK,
        "gridOpacity": 0.13,
        "domainColor": _INK,
        "domainOpacity": 0.45,
        "tickColor": _INK,
        "tickOpacity": 0.45,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "titlePadding": 8,
        "labelPadding": 4,
        "labelOverlap": "greedy",
    },
    "legend": {
        "labelColor": _INK,
        "titleColor": _INK,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "orient": "top",
        "direction": "vertical",
        "labelLimit": 600,
        "symbolStrokeWidth": 2,
        "rowPadding": 4,
        "offset": 8,
    },
    "range": {"category": list(PALETTE)},
    "text": {"fill": _INK, "fontSize": 12},
    "rule": {"stroke": _INK},
}
