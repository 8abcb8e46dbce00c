"""The pictures of README and docs, and README's answer, from published runs: ``make pictures``.

    python docs/pictures/make.py [--results results] [--readme README.md] [--output docs/pictures]

Each picture is of the newest finished run of the first sweep of its list that was published and has
such a chart. README's answer stands between two comments, and is replaced.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bench.analysis.answers.gloss import gloss_text, words_in  # noqa: E402 - only a path leads there
from bench.analysis.answers.question import Sentence  # noqa: E402
from bench.analysis.findings import Findings, findings  # noqa: E402
from bench.page.charts.chart import Chart  # noqa: E402
from bench.page.content import content_of  # noqa: E402
from bench.page.figures import png_of, svg_of  # noqa: E402
from bench.publish.questions import ORDER  # noqa: E402
from bench.store.limits_files import limits_beside  # noqa: E402
from bench.store.run import Run, read_runs  # noqa: E402
from bench.words.escape import escape  # noqa: E402

BEGIN, END = "<!-- the answer: written by `make pictures` -->", "<!-- end of the answer -->"
BLOCK = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
MOST_LINES = 9
"""Lines of the answer in README."""
PREFERRED = "5k connections/s, timeouts of 300s"
"""What README begins with where the run has it: a rate and a timeout that people have."""


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
    run: Run


@cache
def found_in(run: Path) -> Findings:
    """What the records of a run say."""
    return findings(read_runs([run]), limits_beside([run]))


@cache
def charts_of(run: Path) -> tuple[Chart, ...]:
    """All charts of its page."""
    return tuple(content_of(found_in(run)).charts)


def published(results: Path) -> dict[str, list[Run]]:
    """Finished runs that measured, newest first, by the name of their sweep."""
    found: dict[str, list[Run]] = {}
    for file in results.glob("*/run.json"):
        [run] = read_runs([file.parent])
        if run.header.finished and run.measured:
            found.setdefault(run.header.sweep.name, []).append(run)
    for runs in found.values():
        runs.sort(key=lambda run: run.header.started, reverse=True)
    return found


def chosen(picture: Picture, runs: Mapping[str, Sequence[Run]]) -> tuple[Run, Chart] | None:
    """The run and its chart that a picture is made from; None where no run has such a chart."""
    for key in picture.charts:
        for sweep in picture.sweeps:
            for run in runs.get(sweep, ()):
                for chart in charts_of(run.path):
                    if chart.key.startswith(key):
                        return run, chart
    return None


def pictures(runs: Mapping[str, Sequence[Run]], output: Path) -> Iterator[Made]:
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


def groups_of(sentences: Sequence[Sentence], sweep: str) -> Iterator[list[str]]:
    """The lines of the answer that its sweep was made for, a list of Markdown for each sentence."""
    wanted = ORDER.get(sweep)
    for sentence in sorted(sentences, key=lambda each: not each.text.startswith(PREFERRED)):
        if wanted is None or sentence.subject in wanted:
            parts = [f"  - {escape(part)}" for part in sentence.parts]
            yield [f"- **{escape(sentence.subject)}.** {escape(sentence.text)}", *parts]


def lines_of(sentences: Sequence[Sentence], sweep: str) -> Iterator[str]:
    """As many whole sentences as find room; of the first, what does."""
    room = MOST_LINES
    for lines in groups_of(sentences, sweep):
        if room < MOST_LINES and len(lines) > room:
            return
        yield from lines[:room]
        room -= len(lines)


def answer_block(runs: Mapping[str, Sequence[Run]], picture: Made, readme: Path) -> str:
    """README's answer: the lines of the newest run of the first question, and one picture."""
    run = next(run for sweep in FRONT for run in runs.get(sweep, ()))
    host = run.header.host
    sentences = found_in(run.path).answer
    lines = list(lines_of(sentences, run.header.sweep.name))
    words = gloss_text(words_in("\n".join(lines)))
    folder = run.path.resolve().relative_to(readme.resolve().parent).as_posix()
    address = picture.file.resolve().relative_to(readme.resolve().parent).as_posix()
    kind = "a virtual machine" if host.get("hypervisor") else "bare metal"
    where = (
        f"{escape(host.get('cpu_model', 'unknown CPU'))}, CPUs {escape(host.get('cpus_online'))}, "
        f"{kind}, Linux {escape(host.get('kernel_release', 'unknown'))}"
    )
    # The report's has all figures; in front of them here a reader of the text needs what it shows.
    alt = escape(picture.chart.alt.partition(". ")[0])
    return "\n".join(
        [
            BEGIN,
            *lines,
            "",
            f"![{alt}]({address})",
            "",
            f"Measured on {where}; all of it: [{run.path.name}]({folder}/report.md). "
            "Yours will differ.",
            *([escape(words)] if words else []),
            END,
        ]
    )


FRONT = ("connections", "quick", "accuracy")
"""Sweeps whose answer README can show, first that which is published."""


def with_block(text: str, block: str) -> str:
    """README with its answer replaced."""
    if not BLOCK.search(text):
        raise SystemExit(f"README has no {BEGIN} ... {END}: put both where the answer belongs")
    return BLOCK.sub(lambda _: block, text, count=1)


def main() -> None:
    """Make all, and say which run each is of."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=ROOT / "results")
    parser.add_argument("--readme", type=Path, default=ROOT / "README.md")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "pictures")
    arguments = parser.parse_args()
    runs = published(arguments.results)
    if not any(runs.get(sweep) for sweep in FRONT):
        raise SystemExit(f"{arguments.results} has no finished run of {', '.join(FRONT)}")
    made = list(pictures(runs, arguments.output))
    for each in made:
        print(f"{each.file.name}: {each.chart.key} of {each.run.path.name}")
    for name in sorted(set(PICTURES) - {each.file.stem for each in made}):
        print(f"{name}: no published run has such a chart")
    readme = arguments.readme
    block = answer_block(runs, made[0], readme)
    readme.write_text(with_block(readme.read_text(encoding="utf-8"), block), encoding="utf-8")


if __name__ == "__main__":
    main()
