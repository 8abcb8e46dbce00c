"""What the page's script needs: chart definitions and the data a reader can choose from."""

from __future__ import annotations

import json
import zlib
from base64 import b64encode
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Any

import vl_convert
from altair import VEGALITE_VERSION
from markupsafe import Markup

from bench.analysis.curves import CHOSEN
from bench.errors import BenchError
from bench.installation import cache_dir
from bench.page.charts import theme
from bench.page.charts.chart import Chart
from bench.page.charts.kinds import hue_of
from bench.page.charts.percentiles import DATASET as CURVES
from bench.page.charts.percentiles import KEY as CURVES_KEY
from bench.page.charts.percentiles import curve_rows, name_of
from bench.page.charts.timeseries import DATASET as SERIES
from bench.page.charts.timeseries import KEY as SERIES_KEY
from bench.page.content import Content
from bench.store import write_atomically

VL_VERSION = ".".join(VEGALITE_VERSION.split(".")[:2])
"""Vega-Lite as vl-convert names its versions: ``6.4``."""

LONG = 1 << 19
"""Length from which data are compressed: unpacking takes a browser longer than reading less."""
_SNIPPET = "window.vegaEmbed = vegaEmbed;"


@cache
def libraries() -> Markup:
    """Vega and Vega-Lite as one script, from within the installed vl-convert: no network.

    It sets ``window.vegaEmbed``.
    """
    return Markup(_bundled().replace("</script", r"<\/script"))


def _bundled() -> str:
    """Made once for each version of what it is made from: that takes more than a second."""
    made = "-".join((version("vl-convert-python"), VL_VERSION))
    path = cache_dir() / f"vega-{made}.js"
    with suppress(OSError):
        return path.read_text(encoding="utf-8")
    script = vl_convert.javascript_bundle(_SNIPPET, vl_version=VL_VERSION)
    with suppress(OSError, BenchError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, script.encode())
    return script


@dataclass(frozen=True, slots=True)
class PageData:
    """What the script reads: type of its element, and text."""

    type: str
    text: Markup


def packed(text: Markup) -> PageData:
    """As it is, or compressed where it is long."""
    if len(text) < LONG:
        return PageData("application/json", text)
    return PageData("text/plain", Markup(b64encode(zlib.compress(text.encode(), 6)).decode()))


def script_data(charts: Sequence[Chart], **choices: Any) -> PageData:
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
    return packed(Markup(escaped))


def choices(content: Content) -> dict[str, Any]:
    """Percentile curves, time series and models of a run's page."""
    curves = content.found.curves
    several = len({curve.engine for curve in curves}) > 1
    return {
        "whatif": content.calculator,
        "curves": {
            "chart": CURVES_KEY,
            "dataset": CURVES,
            "few": CHOSEN,
            "items": [
                {
                    "name": name_of(curve),
                    "cell": curve.cell,
                    "rows": curve_rows(curve),
                    "hue": hue_of(curve.engine),
                }
                for curve in curves
            ],
            "palette": [] if several else list(theme.PALETTE),
        },
        "series": {
            "chart": SERIES_KEY,
            "dataset": SERIES,
            "items": [
                {"name": item.name, "cell": item.of, "t": item.t, "columns": item.columns}
                for item in content.series
            ],
        },
    }
