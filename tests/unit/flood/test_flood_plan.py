from __future__ import annotations

import pytest

from bench.errors import UsageError
from bench.flood.flood import FloodPlan, FloodProgress


@pytest.mark.parametrize(
    ("rate", "flows", "message"),
    [(0, 1, "0 packets per second"), (1, 0, "0 flows"), (None, 2**32, "4,294,967,296 flows")],
)
def test_impossible_plans_are_refused(rate: int | None, flows: int, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        FloodPlan(rate_hz=rate, flows=flows)


def progress(t_ns: int, sent: int, dropped: int = 0) -> FloodProgress:
    return FloodProgress(
        t_ns=t_ns, elapsed_ns=t_ns, offered=sent + 1, sent=sent, skipped=2, dropped=dropped
    )


def test_difference_of_two_instants() -> None:
    found = progress(3_000_000_000, 90, 4).since(progress(1_000_000_000, 50, 1))
    assert (found.elapsed_ns, found.offered, found.sent) == (2_000_000_000, 40, 40)
    assert (found.skipped, found.dropped) == (0, 3)
