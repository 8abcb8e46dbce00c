"""What the page's script needs: chart definitions and the data a reader can choose from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

import vl_convert
from altair import VEGALITE_VERSION
from markupsafe import Markup

from bench.page.charts import theme
from bench.page.charts.chart import Chart
from bench.page.charts.percentiles import DATASET as CURVES
from bench.page.charts.percentiles import KEY as CURVES_KEY
from bench.page.charts.percentiles import curve_rows
from bench.page.charts.timeseries import DATASET as SERIES
from bench.page.charts.timeseries import KEY as SERIES_KEY
from bench.page.content import Content

VL_VERSION = ".".join(VEGALITE_VERSION.split(".")[:2])
"""Vega-Lite as vl-convert names its versions: ``6.4``."""

_SNIPPET = "window.vegaEmbed = vegaEmbed;"


@cache
def libraries() -> Markup:
    """Vega and Vega-Lite as one script, from within the installed vl-convert: no network.

    It sets ``window.vegaEmbed``.
    """
    script = vl_convert.javascript_bundle(_SNIPPET, vl_version=VL_VERSION)
    return Markup(script.replace("</script", r"<\/script"))


def script_data(charts: Sequence[Chart], **choices: Any) -> Markup:
    """Everything the script reads, as JSON that no ``</script>`` can end early.

    Args:
        charts: All of the page.
        choices: What the reader can choose, by name.
    """
    document: dict[str, Any] = {
        "config": theme.CONFIG,
        "charts": {
            chart.key: {
                "spec": {key: value for key, value in chart.spec.items() if key != "config"},
                "fluid": chart.fluid,
            }
            for chart in charts
        },
        **choices,
    }
    text = json.dumps(document, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    escaped = text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return Markup(escaped)


def choices(content: Content) -> dict[str, Any]:
    """Percentile curves and time series of a run's page."""
    return {
        "curves": {
            "chart": CURVES_KEY,
            "dataset": CURVES,
            "items": [
                {"name": curve.label, "rows": curve_rows(curve)} for curve in content.found.curves
            ],
        },
        "series": {
            "chart": SERIES_KEY,
            "dataset": SERIES,
            "items": [
                {"name": item.name, "t": item.t, "columns": item.columns} for item in content.series
            ],
        },
    }
