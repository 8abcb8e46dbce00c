"""Some faults at random moments of some programs; ``make faults`` has all of them."""

from __future__ import annotations

from tests.chance import drawing
from tests.faults.injection import injected
from tests.faults.kinds import FAULTS, applies
from tests.faults.programs import PROGRAMS

INJECTIONS = 5


def test_a_fault_at_any_moment_leaves_nothing_loses_nothing_and_is_explained() -> None:
    random = drawing("faults")
    pairs = [(p, f) for p in PROGRAMS for f in FAULTS if applies(f, p)]
    found = [injected(*pair, random) for pair in random.sample(pairs, INJECTIONS)]
    assert any(each.hit for each in found) or all(each.code == 0 for each in found)
    assert not [str(each) for each in found if each.problems]
