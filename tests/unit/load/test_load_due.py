"""What became of connections that were due, and how long they took at least."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bench.histogram import HIGHEST, Histogram
from bench.load.due import Due, together


@given(
    delays=st.lists(st.integers(0, 2**30), max_size=40),
    missed=st.integers(0, 20),
    unanswered=st.integers(0, 20),
    least_ns=st.integers(1, HIGHEST),
)
def test_nothing_that_was_due_is_left_out(
    delays: list[int], missed: int, unanswered: int, least_ns: int
) -> None:
    attempted = len(delays) + unanswered
    due = Due(
        intended=attempted + missed,
        attempted=attempted,
        connected=len(delays),
        connect=Histogram.of(delays),
    )
    assert (due.missed, due.unanswered) == (missed, unanswered)
    last = max([least_ns, *delays])
    expected = Histogram.of([*delays, *[last] * (missed + unanswered)])
    found = due.delays(least_ns)
    assert np.array_equal(found.counts, expected.counts)
    assert (found.count, found.total_ns) == (due.intended, expected.total_ns)
    assert (found.min_ns, found.max_ns) == (expected.min_ns, expected.max_ns)


def test_a_window_beyond_the_histogram_overflows() -> None:
    found = Due(intended=3).delays(HIGHEST + 1)
    assert (found.count, found.overflow, found.quantile(0.5)) == (3, 3, HIGHEST + 1)


def test_spans_add_up() -> None:
    spans = [Due(intended=n, attempted=n, connected=1, connect=Histogram.of([n])) for n in (2, 5)]
    whole = together(spans)
    assert (whole.intended, whole.attempted, whole.connected) == (7, 7, 2)
    assert (whole.connect.min_ns, whole.connect.max_ns) == (2, 5)
    assert together([]).intended == 0
