"""Which flows a random order draws, and how often."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.flood.order import STEPS, ranges
from bench.programs.flooding import MAX_FLOWS, FlowOrder

DRAWN = (FlowOrder.UNIFORM, FlowOrder.ZIPF)


@given(st.sampled_from(DRAWN), st.integers(1, MAX_FLOWS))
def test_every_step_stands_for_flows_that_there_are(order: FlowOrder, flows: int) -> None:
    made = ranges(order, flows)
    last = made["first"].astype(np.int64) + made["count"]
    assert made["count"].min() >= 1 and last.max() == flows and made["first"][0] == 0
    assert (np.diff(made["first"].astype(np.int64)) >= 0).all()


def shares(order: FlowOrder, flows: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Chance of each flow."""
    found = np.zeros(flows)
    for first, count in ranges(order, flows).tolist():
        found[first : first + count] += 1 / (count * STEPS)
    return found


@pytest.mark.parametrize("flows", [1, 7, 1_000])
def test_a_uniform_order_prefers_no_flow(flows: int) -> None:
    found = shares(FlowOrder.UNIFORM, flows)
    assert found.sum() == pytest.approx(1)
    assert np.abs(found * flows - 1).max() < 2 * flows / STEPS


def test_shares_follow_zipf_s_law() -> None:
    flows = 1_000
    found = shares(FlowOrder.ZIPF, flows)
    ranks = np.arange(1, flows + 1)
    expected = np.log1p(1 / ranks) / np.log(flows + 1)
    assert np.abs(found - expected).max() < 2 / STEPS
    constant = found[9:] * ranks[9:]
    assert constant.max() / constant.min() < 1.2, "a share is inverse to the rank"
