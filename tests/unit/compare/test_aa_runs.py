"""The A/A test: two real runs of the same sweep, so that every difference found is false.

Recorded on the reference machine (x86-64 VM, 2 vCPU, Linux 6.18, steal up to 20 % in bursts)
by ``tests/perf/aa_runs.sh`` and ``tests/perf/aa_keep.py``. The verdicts were given their present
form while only the first pair was known; the second was recorded afterwards, and nothing was
changed for it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bench.compare.result import compare_runs
from bench.compare.verdict import Settings, Verdict
from bench.record import Status, TrialRecord
from bench.store import RunFolder
from bench.store.run import Run

DATA = Path(__file__).resolve().parents[2] / "data"
PAIRS = ("aa", "aa-second")
FINDINGS = (Verdict.BETTER, Verdict.WORSE)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two runs of one sweep, interleaved."""

    base: Run
    new: Run


@pytest.fixture(scope="module", params=PAIRS)
def pair(request: pytest.FixtureRequest) -> Pair:
    return Pair(read(DATA / request.param / "base"), read(DATA / request.param / "new"))


def read(path: Path) -> Run:
    folder = RunFolder.open(path)
    return Run(header=folder.header, records=folder.records())


def later(record: TrialRecord, factor: int) -> TrialRecord:
    """The trial with all percentiles of its lateness that many times as high."""
    assert record.lateness is not None
    names = ("p50_ns", "p90_ns", "p99_ns", "p999_ns")
    known = {name: getattr(record.lateness, name) for name in names}
    raised = {name: value and factor * value for name, value in known.items()}
    return replace(record, lateness=replace(record.lateness, **raised))


def test_of_200_comparisons_at_most_5_percent_are_false_findings(pair: Pair) -> None:
    result = compare_runs(pair.base, pair.new, Settings())
    assert len(result.comparisons) >= 200
    false = sum(result.count(verdict) for verdict in FINDINGS)
    assert false <= 0.05 * len(result.comparisons)
    assert result.forced == [] and result.gone == [] and result.added == []


def test_twice_the_lateness_would_be_found_in_most_cells(pair: Pair) -> None:
    """Zero false findings are no merit of a test that finds nothing."""
    base, new = pair.base, pair.new
    slow = [
        replace(record, lateness=replace(record.lateness, p50_ns=2 * record.lateness.p50_ns))
        for record in new.records
        if record.lateness and record.lateness.p50_ns
    ]
    result = compare_runs(base, replace(new, records=slow), Settings())
    medians = [item for item in result.comparisons if item.metric.title == "p50 lateness"]
    worse = [item for item in medians if item.verdict is Verdict.WORSE]
    assert len(worse) > 0.8 * len(medians)


def test_real_changes_elsewhere_do_not_make_others_look_like_one(pair: Pair) -> None:
    """Findings raise the share of tests that the correction lets pass."""
    base, new = pair.base, pair.new
    slow = [later(r, 2) if r.cell.program == "tcp" else r for r in new.records]
    result = compare_runs(base, replace(new, records=slow), Settings())
    found = [item for item in result.comparisons if item.verdict in FINDINGS]
    lateness = [item for item in found if "lateness" in item.metric.title]
    true = [item for item in lateness if item.cell.program == "tcp"]
    assert sum(item.metric.title == "p50 lateness" for item in true) == 6
    assert len(found) - len(true) <= 1


def test_all_its_trials_were_measured(pair: Pair) -> None:
    for run in (pair.base, pair.new):
        assert {record.status for record in run.records} == {Status.OK}


def test_the_second_pair_has_what_is_compared_today() -> None:
    """Softirq time is scaled by the kernel's count, which the first pair does not have yet."""
    for name in ("base", "new"):
        records = read(DATA / "aa-second" / name).records
        assert all((record.softirq_total or {}).get("hrtimer") for record in records)
