from __future__ import annotations

from collections.abc import Callable

from bench import abi
from bench.quantities.definitions import DEFINITIONS
from bench.quantities.stages import STAGES
from bench.record import TrialRecord


def test_they_are_those_that_programs_record() -> None:
    assert tuple(quantity.title.split()[0] for quantity in STAGES) == abi.STAGES


def test_what_moved_to_another_stage_has_another_definition() -> None:
    keys = ("irq-stage", "entry-stage", "queue-stage")
    assert [DEFINITIONS.quantities[key] for key in keys] == [2, 1, 2]


def test_a_stage_is_its_mean(make_record: Callable[..., TrialRecord]) -> None:
    plain = make_record(1)
    staged = make_record(1, stages={"irq": plain.lateness})
    irq, entry, _ = STAGES
    assert plain.lateness is not None
    assert irq.value(staged) == plain.lateness.mean_ns
    assert entry.value(staged) is None and irq.value(make_record(1, stages=None)) is None
