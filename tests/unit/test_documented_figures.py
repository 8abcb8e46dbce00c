"""Names and figures that documentation quotes from code agree with the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench import abi
from bench.analysis.knees import LEAST_LEFT, MOST_MISSED
from bench.drivers.causes import OUTLIERS_KEPT
from bench.histogram import HIGHEST
from bench.load.heartbeat import BEAT_S
from bench.load.lifeline import SILENCE_S
from bench.page.figures import MOST_FIGURES
from bench.quantities.callbacks import P50, P99, P999
from bench.quantities.softirq import LEAST_SEEN
from bench.spec import Grid, Sweep
from bench.stats.bootstrap import fewest_trials
from bench.sweep.plan import DRAIN_NS
from bench.trial import validity
from bench.units import NS_PER_MS, NS_PER_S

TOP = Path(__file__).resolve().parents[2]
PAGES = sorted((TOP / "docs").glob("*.md"))
C_HEADER = (TOP / "bpf" / "timerbench.h").read_text(encoding="utf-8")
STEAL = Sweep(cells=(Grid(program="resident"),)).max_steal
ATTEMPTS = int(re.findall(r"#define INIT_ATTEMPTS (\d+)", C_HEADER)[0])

FIGURES = {
    "method.md": (
        f"Timers of at most {DRAIN_NS // NS_PER_MS} ms are waited for",
        f"1 ns to {HIGHEST / NS_PER_S:.1f} s",
        f"A median needs {P50.least} callbacks, p99 {P99.least:,}, p99.9 {P999.least:,}",
        f"The {OUTLIERS_KEPT} latest callbacks of a window",
        f"Each CPU keeps {abi.OUTLIERS - 1} of them in a heap",
        f"They take {abi.SLOT.itemsize:,} bytes for each CPU",
        f"with stages {abi.STAGE_CPU.itemsize:,} more",
        f"{64 * abi.SLOT.itemsize / 1e6:.1f} MB, or "
        f"{64 * (abi.SLOT.itemsize + abi.STAGE_CPU.itemsize) / 1e6:.1f}, with 64 CPUs",
        f"fewer than {LEAST_SEEN:.0%} were seen".replace("%", " %"),
        f"at least every {BEAT_S:.0f} s and ends after {SILENCE_S} s of silence",
        f"repeated up to {ATTEMPTS - 1} times at once",
        f"given from {fewest_trials()} blocks on",
        f"below {validity.MIN_LOAD * 100:.0f} % of what it offered",
        f"exceeded `--max-steal` ({STEAL * 100:.0f} %)",
        f"fewer than {validity.MIN_CALLBACKS} callbacks",
        f"than {validity.FOREIGN_HZ} connections/s are left",
        f"or {validity.FOREIGN_SHARE * 100:.0f} % of the load if that is more, and at least "
        f"{validity.FOREIGN_LEAST} in the window",
        f"more than {validity.PACKETS_HZ} packets/s came",
    ),
    "programs.md": (f"fewer than {validity.LEAST_SAMPLED * 100:.0f} % of them",),
    "reading-a-report.md": (
        f"The first {MOST_FIGURES} charts",
        f"fewer than {P99.least:,} callbacks",
        f"more than {MOST_MISSED * 100:.0f} % of the periods were missed or less than "
        f"{LEAST_LEFT * 100:.0f} % of all CPU time was left idle",
        f"more than {STEAL * 100:.0f} % of it do not count",
    ),
}


def words_of(page: str) -> str:
    return " ".join((TOP / "docs" / page).read_text(encoding="utf-8").split())


@pytest.mark.parametrize(
    ("page", "figure"), [(page, figure) for page, found in FIGURES.items() for figure in found]
)
def test_a_figure_is_that_of_the_code(page: str, figure: str) -> None:
    assert figure in words_of(page), f"{page} says something else than the code: {figure}"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_a_file_of_the_repository_is_where_a_page_says(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    quoted = " ".join(re.findall(r"`[^`\n]+`", text))
    named = set(re.findall(r"[` ]((?:bench|bpf|tests|playbooks|lab)/[\w./-]+)", quoted))
    missing = [name for name in sorted(named) if not (TOP / name.rstrip("./")).exists()]
    assert not missing, f"{page.name} names what is not there: {missing}"
