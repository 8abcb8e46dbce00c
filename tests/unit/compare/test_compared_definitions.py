from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bench.compare.definitions import redefined
from bench.compare.fleets import FleetRuns, compare_fleets
from bench.compare.result import Result, compare_runs
from bench.compare.text import said as sentences
from bench.compare.verdict import Settings
from bench.record import Definitions, RunHeader, TrialRecord
from bench.store.run import Run

Draw = Callable[..., list[TrialRecord]]


def changed(header: RunHeader, *, axes: bool = False, **numbers: int) -> RunHeader:
    found = {name.replace("_", "-") if not axes else name: n for name, n in numbers.items()}
    kind = {"axes" if axes else "quantities": found}
    return replace(header, definitions=Definitions(**kind))


def titles(result: Result) -> set[str]:
    return {item.metric.title for item in result.comparisons}


@pytest.fixture
def base(header: RunHeader, make_record: Callable[..., TrialRecord]) -> Run:
    return Run(header=header, records=[make_record(n) for n in range(1, 6)])


def test_a_quantity_of_two_definitions_is_not_paired(base: Run) -> None:
    new = replace(base, header=changed(base.header, p99_lateness=2))
    for force in (False, True):
        result = compare_runs(base, new, Settings(), force=force)
        assert titles(compare_runs(base, base, Settings())) - titles(result) == {"p99 lateness"}
        said = "not compared, because its meaning changed: p99 lateness: definition 1 in BASE, 2 in"
        assert any(note.startswith(said) for note in sentences(result))


def test_a_number_that_is_missing_is_the_first(base: Run) -> None:
    assert redefined(base.header, changed(base.header, p50_lateness=1)) == []
    (found,) = redefined(changed(base.header, p50_lateness=3), base.header)
    assert str(found) == "p50 lateness: definition 3 in BASE, 1 in NEW"


def test_cells_that_an_axis_of_two_definitions_decides_are_not_paired(
    base: Run, make_record: Callable[..., TrialRecord], make_cell: Callable[..., object]
) -> None:
    own = make_cell(program="churn", options={"rate_hz": 5})
    both = replace(base, records=[*base.records, *(make_record(n, cell=own) for n in (6, 7))])
    new = replace(both, header=changed(base.header, axes=True, rate_hz=2))
    result = compare_runs(both, new, Settings())
    assert {item.cell.program for item in result.comparisons} == {"resident"}
    (note,) = (note for note in sentences(result) if "meaning" in note)
    assert note.endswith("axis rate_hz: definition 1 in BASE, 2 in NEW")


def test_an_axis_of_every_cell_leaves_nothing_and_says_why(base: Run) -> None:
    new = replace(base, header=changed(base.header, axes=True, timeout_ns=2))
    result = compare_runs(base, new, Settings())
    assert not result.comparisons
    assert result.why_nothing.endswith("axis timeout: definition 1 in BASE, 2 in NEW")


def test_an_axis_that_says_nothing_of_a_cell_leaves_it(base: Run) -> None:
    new = replace(base, header=changed(base.header, axes=True, load_shape=2, ip=2))
    assert titles(compare_runs(base, new, Settings())) == titles(
        compare_runs(base, base, Settings())
    )


def test_fleets_leave_out_what_any_host_has_in_two_definitions(base: Run) -> None:
    new = replace(base, header=changed(base.header, served=2))
    result = compare_fleets(
        FleetRuns("a", {"one": base, "two": base}),
        FleetRuns("b", {"one": new, "two": base}),
        Settings(),
    )
    assert "served" not in {item.metric.title for item in result.together}
    assert [str(each) for each in result.hosts["one"].redefined] == [
        "served: definition 1 in BASE, 2 in NEW"
    ]


def test_what_neither_run_has_is_no_news(base: Run) -> None:
    """Nobody asked for it, so that nothing remains unanswered."""
    new = replace(base, header=changed(base.header, p50_jitter=2, max_lateness=2))
    assert compare_runs(base, new, Settings()).redefined == []
