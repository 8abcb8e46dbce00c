"""What a comparison says it could find, against simulated comparisons."""

from __future__ import annotations

import numpy as np
import pytest

from bench.compare.measured import compare
from bench.compare.power import FOUND, REFERENCE, could_find, detectable, spread_of
from bench.compare.verdict import Settings
from bench.quantities.callbacks import P50
from bench.stats.blocked import p_greater
from tests.perf.simulate.noise import QUIET, residuals
from tests.unit.compare.conftest import Draw


@pytest.mark.parametrize(("trials", "cells"), [(12, 4), (24, 8)])
def test_the_change_that_could_be_found_is(trials: int, cells: int) -> None:
    """By the test of a primary metric, at the level that the correction leaves one cell."""
    settings, rng = Settings(), np.random.default_rng(trials)
    rise = np.log(detectable(0.25, trials, trials, cells, settings, P50) / (1 + settings.ratio))
    draws = (rng.normal(0, 0.25, (2, trials)) for _ in range(400))
    found = [p_greater([(base, new + rise)]) <= settings.alpha / cells for base, new in draws]
    assert np.mean(found) == pytest.approx(FOUND, abs=0.06)


def test_more_trials_find_less_and_more_cells_need_more() -> None:
    settings = Settings()
    assert detectable(0.2, 24, 24, 8, settings) < detectable(0.2, 8, 8, 8, settings)
    assert detectable(0.2, 8, 8, 8, settings) < detectable(0.2, 8, 8, 30, settings)


def test_it_is_read_from_the_trials_themselves(draw: Draw) -> None:
    base, new = draw(seed=1, cells=40, trials=24, spread=0.3), draw(seed=2, cells=40, trials=24)
    assert spread_of(base) == pytest.approx(0.3, abs=0.03)
    assert spread_of(draw(seed=1, trials=2)) is None
    settings = Settings()
    found = could_find(compare(base, new, settings), settings)
    assert found is not None and 1.2 < found < detectable(0.3, 24, 24, 40, settings)


def test_the_reference_machine_scatters_as_stated() -> None:
    cells = [np.std(pool) for pool in residuals(QUIET)]
    assert pytest.approx(float(np.median(cells)), abs=0.01) == REFERENCE
