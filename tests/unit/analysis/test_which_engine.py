from __future__ import annotations

from dataclasses import replace

from bench.analysis.answers.which_engine import has_choice, which_engine
from bench.spec import Cell, Engine, MapType
from tests.unit.analysis.connecting import AskedOf, Measure, at
from tests.unit.analysis.connecting import asked_of as asked_of
from tests.unit.analysis.connecting import measure as measure
from tests.unit.analysis.connecting import timer as timer


def test_an_engine_may_be_earliest_and_cheapest(
    asked_of: AskedOf, measure: Measure, timer: Cell
) -> None:
    scan = replace(timer, engine=Engine.USER_GC)
    asked = asked_of([*measure(timer, 0.2), *measure(scan, 0.6, late_ns=50_000_000)])
    assert has_choice(asked)
    (line,) = which_engine(asked)
    (part,) = line.parts
    assert part == (
        "5k/s, timeouts of 300s (1.5M live): bpf_timer is least late and cheapest: p99 lateness "
        "20µs, user_gc 50ms; 20% of one CPU, user_gc 60%"
    )
    assert line.verdict == (
        "Least late: bpf_timer at 1 of 1. Cheapest, or not told apart from it: bpf_timer at 1 of 1."
    )


def test_costs_that_blocks_do_not_tell_apart_are_named_together(
    asked_of: AskedOf, measure: Measure, timer: Cell
) -> None:
    cells = [replace(at(timer, 5_000, 1), engine=e) for e in (Engine.USER_GC, Engine.BPF_SWEEP)]
    own = measure(at(timer, 5_000, 1), 0.2)
    others = [
        *measure(cells[0], -0.01, 0.03, late_ns=10**8),
        *measure(cells[1], 0.02, late_ns=10**8),
    ]
    (line,) = which_engine(asked_of([*own, *others]))
    (part,) = line.parts
    assert "bpf_timer is least late" in part
    both = "user_gc and bpf_sweep, not told apart, are cheapest"
    assert line.verdict.endswith("from it: user_gc at 1 of 1, bpf_sweep at 1 of 1.")
    assert f"{both}: 1% (-1\N{EN DASH}3%) (within noise), 2% of one CPU, bpf_timer 20%" in part


def test_a_scan_that_was_not_measured_because_it_takes_too_long_is_named(
    asked_of: AskedOf, measure: Measure, timer: Cell
) -> None:
    short = replace(at(timer, 5_000, 1), map_size=8_192)
    gc = [replace(cell, engine=Engine.USER_GC) for cell in (timer, short)]
    sweep = replace(short, engine=Engine.BPF_SWEEP)
    cells = (timer, short, *gc, sweep)
    (line,) = which_engine(asked_of([r for cell in cells for r in measure(cell, 0.1)]))
    assert line.parts[-1] == (
        "no bpf_sweep at a timeout of 300s: would look at 33.9k entries in one go and keep a "
        "CPU for 6.09ms, over the bound of 5ms"
    )


def test_eviction_is_no_choice(asked_of: AskedOf, measure: Measure, timer: Cell) -> None:
    lru = replace(timer, engine=Engine.LRU, map_type=MapType.LRU_HASH)
    evicted = [replace(record, lateness=None) for record in measure(lru, 0.01)]
    assert not has_choice(asked_of([*measure(timer, 0.2), *evicted]))
