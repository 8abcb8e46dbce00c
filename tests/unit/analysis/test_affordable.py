from __future__ import annotations

from dataclasses import replace

import pytest

from bench.analysis.answers.affordable import affordable, has_rates
from bench.spec import Cell, Engine, MapType
from tests.unit.analysis.connecting import AskedOf, Measure, at
from tests.unit.analysis.connecting import asked_of as asked_of
from tests.unit.analysis.connecting import measure as measure
from tests.unit.analysis.connecting import timer as timer

RATES = (2_000, 5_000, 10_000)


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ((0.04, 0.2, 0.3), "3.12k (3.12k to 3.12k), 938k live"),
        ((0.12, 0.2, 0.3), "fewer than 2k"),
        ((0.02, 0.05, 0.09), "over 10k"),
        ((0.02, 0.12, 0.09), "not known (costs do not rise with the rate: 12% at 5k, 9% at 10k)"),
    ],
)
def test_what_can_be_afforded_lies_between_rates_that_agree(
    asked_of: AskedOf, measure: Measure, timer: Cell, shares: tuple[float, ...], expected: str
) -> None:
    cells = [at(timer, rate, 300) for rate in RATES]
    found = [measure(cell, share) for cell, share in zip(cells, shares, strict=True)]
    asked = asked_of([record for records in found for record in records])
    assert has_rates(asked)
    (line,) = affordable(asked)
    assert line.text.startswith("10% of one CPU pays for so many connections/s")
    assert line.parts == (f"timeouts of 300s: bpf_timer {expected}",)
    assert bool(line.verdict) == ("not known" not in expected)


def test_what_can_be_afforded_is_as_uncertain_as_the_costs(
    asked_of: AskedOf, measure: Measure, timer: Cell
) -> None:
    cheap, dear = measure(at(timer, 2_000, 10), 0.04, 0.12), measure(at(timer, 10_000, 10), 0.28)
    (line,) = affordable(asked_of([*cheap, *dear]))
    assert line.verdict == (
        "With bpf_timer 2.8k connections/s at timeouts of 10s, for 10% of one CPU."
    )
    (part,) = line.parts
    rate, ends = part.removeprefix("timeouts of 10s: bpf_timer ").split(" ", 1)
    assert rate == "2.8k", "of 8 % and 28 % in the medians"
    assert ends == "(below 2k to 4k), 28k live"


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ((0.2,), "fewer than 5k (5k take 20%)"),
        ((0.02,), "over 5k (5k take 2%)"),
        ((0.05, 0.15), "about 5k (5k take 5\N{EN DASH}15%)"),
        ((-0.02, 0.01), "over 5k (5k take -2\N{EN DASH}1%, within noise)"),
    ],
)
def test_a_timeout_with_one_rate_only_says_on_which_side_of_it(
    asked_of: AskedOf, measure: Measure, timer: Cell, shares: tuple[float, ...], expected: str
) -> None:
    several = [record for rate in RATES for record in measure(at(timer, rate, 10), 0.02)]
    (line,) = affordable(asked_of([*measure(timer, *shares), *several]))
    assert line.parts == (
        "timeouts of 10s: bpf_timer over 10k",
        f"timeouts of 300s: bpf_timer {expected}",
    )


def test_timeouts_ascend_and_an_engine_without_a_figure_says_why(
    asked_of: AskedOf, measure: Measure, timer: Cell
) -> None:
    short, long = at(timer, 5_000, 10), timer
    cells = [long, at(timer, 2_000, 10), short]
    cells += [replace(short, engine=engine) for engine in (Engine.BPF_SCAN, Engine.USER_GC)]
    cells += [replace(short, engine=Engine.LRU, map_type=MapType.LRU_HASH)]
    (line,) = affordable(asked_of([record for cell in cells for record in measure(cell, 0.2)]))
    first, last = line.parts
    assert first.startswith("timeouts of 10s: bpf_timer ") and " - (" not in first
    assert last == (
        "timeouts of 300s: bpf_timer fewer than 5k (5k take 20%); user_gc, lru - (no such cell in "
        "this sweep); bpf_scan - (one scan would keep a CPU for over 5ms)"
    )
