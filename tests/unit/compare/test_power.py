"""What a comparison says of changes that it could not have shown."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.compare.result import Result
from bench.compare.text import notes
from bench.compare.verdict import Comparison, Settings
from bench.quantities.catalogue import COMPARED
from bench.spec import Cell
from bench.stats.multiple import false_discovery
from bench.stats.ranks import smallest_p

MakeCell = Callable[..., Cell]
TRIALS = st.lists(st.integers(1, 8), min_size=1, max_size=40)


def result(cell: Cell, trials: list[int], *, alpha: float = 0.05) -> Result:
    """Comparisons with so many trials on each side, and one that cannot be told."""
    untold = Comparison(
        cell=cell, metric=COMPARED[0], base=1.0, new=None, base_trials=5, new_trials=0
    )
    tested = [
        Comparison(
            cell=cell,
            metric=COMPARED[0],
            base=1.0,
            new=1.0,
            base_trials=n,
            new_trials=n,
            p=1.0,
            least_p=smallest_p(n, n),
            primary=True,
        )
        for n in trials
    ]
    return Result(
        base="a",
        new="b",
        settings=Settings(alpha=alpha),
        comparisons=[*tested, untold],
        forced=(),
        subject=(),
        tools=(),
        lost=(),
        unfinished=(),
        gone=(),
        added=(),
    )


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(trials=TRIALS, alpha=st.sampled_from([0.01, 0.05, 0.2]))
def test_fewest_is_what_the_correction_itself_needs(
    trials: list[int], alpha: float, make_cell: MakeCell
) -> None:
    least = sorted(smallest_p(n, n) for n in trials)
    shown = [
        k
        for k in range(1, len(least) + 1)
        if min(false_discovery(least[:k] + [1.0] * (len(least) - k))) <= alpha
    ]
    assert result(make_cell(), trials, alpha=alpha).fewest == min(shown, default=None)


@pytest.mark.parametrize(
    ("trials", "said"),
    [
        ([5] * 2, None),
        (
            [5] * 8,
            "there are so few trials for 8 cells that a change can be shown only if at",
        ),
        (
            [4] * 8,
            "there are so few trials for 8 cells that a change can be shown only if at",
        ),
        (
            [3] * 8,
            "there are so few trials for 8 cells that no change can be shown, however large",
        ),
        (
            [3],
            "there are so few trials for 1 cell that no change can be shown, however large",
        ),
        ([], None),
    ],
)
def test_the_note_never_asks_for_more_changes_than_there_are_cells(
    trials: list[int], said: str | None, make_cell: MakeCell
) -> None:
    found = list(notes(result(make_cell(), trials)))
    assert len(found) == (said is not None)
    assert said is None or found[0].startswith(said)
