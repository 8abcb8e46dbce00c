from __future__ import annotations

from collections import Counter

from bench.programs.fitting import definitions
from bench.programs.registry import PROGRAMS
from bench.quantities.catalogue import QUANTITIES
from bench.quantities.definitions import DEFINITIONS
from bench.quantities.own import declared
from bench.words.axes import AXES


def test_every_quantity_has_a_key_of_its_own_and_a_number() -> None:
    keys = Counter(quantity.key for quantity in (*QUANTITIES, *declared()))
    assert max(keys.values()) == 1
    assert set(keys) == set(DEFINITIONS.quantities)
    assert min(DEFINITIONS.quantities.values()) >= 1


def test_every_axis_has_one_also_those_of_programs_and_engines() -> None:
    found = definitions(PROGRAMS.values())
    assert found.quantities == DEFINITIONS.quantities
    assert {axis.field for axis in AXES} | {"rate_hz", "gc_period_ns"} <= set(found.axes)
    own = {option.name for program in PROGRAMS.values() for option in program.options}
    assert not own & {axis.field for axis in AXES} and own <= set(found.axes)
