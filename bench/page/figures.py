"""The charts as files, SVG and PNG, from the same definitions as the page's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import vl_convert

from bench.errors import explained
from bench.page.bundle import VL_VERSION
from bench.page.charts.chart import Chart, Section
from bench.store import write_atomically

FOLDER = "figures"
MOST_FIGURES = 60
"""Charts that get files; a page of a large sweep can have hundreds, of which nobody shows all."""
PNG_SCALE = 2.0


def with_files(sections: Sequence[Section]) -> list[Chart]:
    """The charts that get files: those that the page does not fold away, at most 60."""
    shown = [group for section in sections for group in section.groups if group.open]
    return [chart for group in shown for chart in group.charts][:MOST_FIGURES]


def write_figures(charts: Sequence[Chart], out: Path) -> list[Path]:
    """Write each chart as SVG and PNG into ``out/figures``.

    Raises:
        BenchError: A file cannot be written.
    """
    folder = out / FOLDER
    with explained(f"make {folder}", remedy="Choose a folder that can be written"):
        folder.mkdir(parents=True, exist_ok=True)
    written = []
    for chart in charts:
        svg = svg_of(chart)
        for suffix, data in ((".svg", svg.encode()), (".png", png_of(svg))):
            path = folder / f"{chart.key}{suffix}"
            write_atomically(path, data)
            written.append(path)
    return written


def svg_of(chart: Chart) -> str:
    """The chart as a picture of its own."""
    spec = json.dumps(chart.standalone())
    return vl_convert.vegalite_to_svg(spec, vl_version=VL_VERSION)


def png_of(svg: str) -> bytes:
    """An SVG as pixels, two for each of its units."""
    return vl_convert.svg_to_png(svg, scale=PNG_SCALE)
