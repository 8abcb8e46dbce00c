from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bench.analysis.cell_rows import cell_rows
from bench.page.charts.places import venue_shares, venues
from bench.quantities.callbacks import IN_KSOFTIRQD
from bench.record import TrialRecord, Venue
from bench.store.run import Run


def test_the_share_in_ksoftirqd_is_that_of_the_tables(
    read_run: Callable[..., tuple[Run, ...]], make_record: Callable[..., TrialRecord]
) -> None:
    """The median over trials, not the share of all their callbacks: trials differ in size."""
    trials = [
        replace(make_record(number, block=number), venue=Venue(idle=idle, task=0, ksoftirqd=late))
        for number, idle, late in ((1, 10, 90), (2, 900, 100), (3, 20, 180))
    ]
    [row] = cell_rows(read_run(trials))
    table = row.get(IN_KSOFTIRQD)
    shares = venue_shares(row)
    assert table is not None and shares is not None
    assert table.median == pytest.approx(0.9)
    assert shares[2] == table.median and sum(shares) == pytest.approx(1)
    [chart] = venues([row]).charts
    texts = {part["part"]: part["text"] for part in chart.spec["datasets"]["parts"]}
    assert texts["ksoftirqd"] == IN_KSOFTIRQD.text(table.median)
