from __future__ import annotations

from collections.abc import Callable

from bench.record import Cost, RunHeader, TotalCost, TrialRecord
from bench.report.cost_table import MEANING
from bench.report.markdown import render


def test_a_row_has_the_total_its_parts_and_the_rest(
    header: RunHeader, make_record: Callable[..., TrialRecord]
) -> None:
    total = TotalCost(
        share=0.5,
        ns=9_600.0,
        less_steal_ns=9_600.0,
        firing_ns=4_000.0,
        freeing_ns=600.0,
        packets_ns=200.0,
        rest_ns=4_800.0,
    )
    text = render(header, [make_record(1, cost=Cost(total=total))])
    section = text.partition("## What a timer costs in all\n")[2]
    assert MEANING in section
    row = section.partition("---\n")[0].splitlines()
    assert any(
        "1 (few) | 9.6µs | 9.6µs | 50% | 4µs | 600ns | 200ns | - | - | 4.8µs" in line
        for line in row
    ), row[:8]
    assert "## What a timer costs in all" not in render(header, [make_record(1)])
