from __future__ import annotations

from collections.abc import Callable

from bench.analysis.controls import Effect, How
from bench.analysis.effects import HostEffect
from bench.page.validity import instrument_lines
from bench.quantities.callbacks import FIRED
from bench.quantities.cpu import CPU_PER_CALLBACK
from bench.spec import Cell, Control
from bench.stats.bootstrap import Interval


def effect(cell: Cell, ratio: float, low: float, high: float, **changes: object) -> HostEffect:
    fields = {
        "cell": cell,
        "control": Control.STAGES,
        "quantity": CPU_PER_CALLBACK,
        "how": How.RATIO,
        "estimate": ratio,
        "interval": Interval(low, high, 0.9375),
        "blocks": 5,
    }
    return HostEffect("", Effect(**(fields | changes)))  # type: ignore[arg-type]


def test_ratios_that_say_nothing_are_one_sentence(make_cell: Callable[..., Cell]) -> None:
    cell = make_cell()
    found = [effect(cell, 1.0, 1.0, 1.0), effect(cell, 0.99, 0.9, 1.1, quantity=FIRED)]
    [sentence] = instrument_lines(found)
    assert "2 comparisons of the instrument" in sentence and "showed no difference" in sentence
    assert "a factor of 1 " not in sentence


def test_a_ratio_is_that_of_the_cell_to_the_control_that_is_named(
    make_cell: Callable[..., Cell],
) -> None:
    """The cell records no stages: with them a callback is dearer, so the ratio is below 1."""
    [cheaper] = instrument_lines([effect(make_cell(), 0.8, 0.75, 0.85)])
    assert "0.8x" in cheaper.replace("\N{MULTIPLICATION SIGN}", "x").replace(" times", "x")
    assert cheaper.endswith("that with stages recorded as well.")


def test_without_such_controls_it_is_not_known() -> None:
    [sentence] = instrument_lines([])
    assert "is not known from this run" in sentence
