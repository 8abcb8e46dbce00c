"""What README, docs and the list of runs show of published runs: ``make pictures``.

    python docs/pictures/make.py [--results results] [--readme README.md] [--output docs/pictures]

Each picture is of the newest finished run of the first sweep of its list that was published and has
such a chart. README's answer and the list of runs stand between comments, and are replaced.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bench.analysis.answers.gloss import gloss_text, words_in  # noqa: E402 - only a path leads there
from bench.analysis.findings import Findings, findings  # noqa: E402
from bench.page.charts.chart import Chart  # noqa: E402
from bench.page.charts.side_by_side import side_by_side  # noqa: E402
from bench.page.content import content_of  # noqa: E402
from bench.page.figures import png_of, svg_of  # noqa: E402
from bench.publish.catalogue import Entry, newest_first  # noqa: E402
from bench.publish.questions import ORDER  # noqa: E402
from bench.publish.repository import FRONT, answer_lines, host_text, run_table  # noqa: E402
from bench.store import RunFolder  # noqa: E402
from bench.store.limits_files import limits_beside  # noqa: E402
from bench.store.run import read_runs  # noqa: E402
from bench.words.escape import escape  # noqa: E402


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart as a file.

    Attributes:
        charts: Beginnings of keys of charts, of which the first that a run has is taken.
        sweeps: Names of sweeps, likewise.
        suffix: ``.svg`` or ``.png``.
    """

    charts: tuple[str, ...]
    sweeps: tuple[str, ...]
    suffix: str = ".svg"


SWEEPS = tuple(ORDER)
QUICK = ("quick", *(name for name in SWEEPS if name != "quick"))
HEAT_MAP = "heat-map-p99-lateness"
PICTURES: Mapping[str, Picture] = {
    "answer": Picture(("engine-decision", HEAT_MAP), ("connections", "quick", *SWEEPS), ".png"),
    "engine-decision": Picture(("engine-decision",), SWEEPS),
    "predicted": Picture(("what-if-total-cpu",), SWEEPS),
    "total-cpu": Picture(("alternatives-total-cpu-tcp-65536", "alternatives-total-cpu"), SWEEPS),
    "stages": Picture(("stage-bars",), QUICK),
    "connections": Picture(("connections",), SWEEPS),
    "alternatives": Picture(("alternatives-p99-lateness",), SWEEPS),
    "heat-map": Picture((HEAT_MAP,), QUICK),
    "fired-against-offered": Picture(("fired-against-offered",), QUICK),
    "lateness-against-offered": Picture(("lateness-against-offered",), QUICK),
    "percentile-curves": Picture(("percentile-curves",), QUICK),
    "venue-shares": Picture(("venue-shares",), QUICK),
    "softirq-time": Picture(("softirq-time",), QUICK),
    "own": Picture(("own-operations", "own-failure-detection", "own-sampling", "own-"), SWEEPS),
    "ageing": Picture(("ageing",), SWEEPS),
    "time-series": Picture(("time-series",), QUICK),
}


@dataclass(frozen=True, slots=True)
class Made:
    """A picture that was made: its file, its chart, and the run that it is of."""

    file: Path
    chart: Chart
    run: Entry


@cache
def found_in(run: Path) -> Findings:
    """What the records of a run say."""
    return findings(read_runs([run]), limits_beside([run]))


@cache
def charts_of(run: Path) -> tuple[Chart, ...]:
    """All charts of its page, and before them what is drawn otherwise in a picture."""
    found = found_in(run)
    return (*side_by_side(found.plain), *content_of(found).charts)


def published(results: Path) -> list[Entry]:
    """Headers of the runs that git has, newest first; of all where git has none of the folder."""
    pattern = "*/run.json"
    words = ["git", "-C", str(results), "ls-files", "-z", f":(glob){pattern}"]
    listed = subprocess.run(words, capture_output=True, text=True, check=False).stdout.split("\0")
    files = [results / name for name in listed if name] or results.glob(pattern)
    folders = [RunFolder.open(file.parent) for file in files if file.is_file()]
    return newest_first(Entry(path=each.path, header=each.header, records=()) for each in folders)


def by_sweep(runs: Sequence[Entry]) -> dict[str, list[Entry]]:
    """Finished runs that measured, by the name of their sweep."""
    found: dict[str, list[Entry]] = {}
    for run in runs:
        if run.header.finished and run.measured:
            found.setdefault(run.header.sweep.name, []).append(run)
    return found


def chosen(picture: Picture, runs: Mapping[str, Sequence[Entry]]) -> tuple[Entry, Chart] | None:
    """The run and its chart that a picture is made from; None where no run has such a chart."""
    for key in picture.charts:
        for sweep in picture.sweeps:
            for run in runs.get(sweep, ()):
                for chart in charts_of(run.path):
                    if chart.key.startswith(key):
                        return run, chart
    return None


def pictures(runs: Mapping[str, Sequence[Entry]], output: Path) -> Iterator[Made]:
    """Write all that any run has a chart for; a picture that none has any more is removed."""
    for name, picture in PICTURES.items():
        file = output / f"{name}{picture.suffix}"
        pair = chosen(picture, runs)
        if pair is None:
            file.unlink(missing_ok=True)
            continue
        svg = svg_of(pair[1])
        file.write_bytes(png_of(svg) if picture.suffix == ".png" else svg.encode())
        yield Made(file, pair[1], pair[0])


def answer_block(runs: Mapping[str, Sequence[Entry]], picture: Made, readme: Path) -> list[str]:
    """README's answer: the lines of the newest run of the first question, and one picture."""
    run = next(run for sweep in FRONT for run in runs.get(sweep, ()))
    lines = answer_lines(run.header.sweep.name, found_in(run.path).answer)
    words = gloss_text(words_in("\n".join(lines)))
    folder = run.path.resolve().relative_to(readme.resolve().parent).as_posix()
    address = picture.file.resolve().relative_to(readme.resolve().parent).as_posix()
    # The report's has all figures; in front of them here a reader of the text needs what it shows.
    alt = escape(picture.chart.alt.partition(". ")[0])
    return [
        *lines,
        "",
        f"![{alt}]({address})",
        "",
        f"Host: {escape(host_text(run.header))}; all of it: [{run.id}]({folder}/report.md). "
        "Yours will differ.",
        *([escape(words)] if words else []),
    ]


def replace_block(file: Path, name: str, lines: Sequence[str]) -> None:
    """Replace what stands in a page between the comments of this name."""
    begin, end = f"<!-- {name}: written by `make pictures` -->", f"<!-- end of {name} -->"
    text = file.read_text(encoding="utf-8")
    block = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if not block.search(text):
        raise SystemExit(f"{file} has no {begin} ... {end}: put both where {name} belongs")
    written = "\n".join([begin, *lines, end])
    file.write_text(block.sub(lambda _: written, text, count=1), encoding="utf-8")


def main() -> None:
    """Make all, and say which run each is of."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=ROOT / "results")
    parser.add_argument("--readme", type=Path, default=ROOT / "README.md")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "pictures")
    arguments = parser.parse_args()
    entries = published(arguments.results)
    runs = by_sweep(entries)
    if not any(runs.get(sweep) for sweep in FRONT):
        raise SystemExit(f"{arguments.results} has no finished run of {', '.join(FRONT)}")
    made = list(pictures(runs, arguments.output))
    for each in made:
        print(f"{each.file.name}: {each.chart.key} of {each.run.path.name}")
    for name in sorted(set(PICTURES) - {each.file.stem for each in made}):
        print(f"{name}: no published run has such a chart")
    answer = answer_block(runs, made[0], arguments.readme)
    replace_block(arguments.readme, "the answer", answer)
    # A line of its own before and behind it makes it a table.
    replace_block(arguments.results / "README.md", "the runs", ["", run_table(entries), ""])


if __name__ == "__main__":
    main()
