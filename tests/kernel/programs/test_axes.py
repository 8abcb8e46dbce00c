"""Every map type, clock, flag, distribution and mode of ``resident`` and ``tcp``, measured."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest

from bench.drivers import loading
from bench.errors import TrialFailedError
from bench.programs.registry import find
from bench.record import TrialRecord
from bench.spec import Cell, Clock, Flag, Hook, MapType, OuterMap, Rearm, TimeoutShape
from bench.units import NS_PER_MS, NS_PER_S

MakeCell = Callable[..., Cell]
MeasureEach = Callable[..., list[TrialRecord]]
TCP = {
    "program": "tcp",
    "hook": Hook.TP_BTF,
    "map_size": 16_384,
    "load_hz": 500,
    "load_shape": "constant",
    "ip": "both",
}
FLAGS: list[tuple[Flag, ...]] = [(), (Flag.ABS,), (Flag.CPU_PIN,), (Flag.ABS, Flag.CPU_PIN)]


def assert_good(records: list[TrialRecord]) -> None:
    """Balanced, nothing lost or early, and every timer on the clock it is judged by."""
    for record in records:
        ledger, lateness = record.ledger, record.lateness
        assert ledger is not None and ledger.balanced, record
        assert ledger.started > 0 and ledger.fired > 0, record
        assert not ledger.lost and not ledger.other_clock and not ledger.start_failed, record
        assert lateness is not None and lateness.negative == 0, record


@pytest.mark.parametrize("program", ["resident", "tcp"])
def test_every_map_type_also_as_inner_map(
    program: str, make_cell: MakeCell, measure_each: MeasureEach
) -> None:
    kinds = product(find(program).map_types, OuterMap)
    fields = TCP if program == "tcp" else {"map_size": 2_000}
    cells = [make_cell(**fields, map_type=kind, outer_map=outer) for kind, outer in kinds]
    records = measure_each(cells)
    assert_good(records)
    for record in records:
        ledger = record.ledger
        assert ledger is not None
        evicting = record.cell.map_type is MapType.LRU_HASH
        assert ledger.freed_inferred == evicting
        assert ledger.freed == 0 or evicting


@pytest.mark.parametrize("clock", list(Clock))
def test_every_clock_with_every_flag(
    clock: Clock, make_cell: MakeCell, measure_each: MeasureEach
) -> None:
    pins: list[tuple[Flag, ...]] = [(), (Flag.CPU_PIN,)]
    cells = [make_cell(clock=clock, flags=pin, rearm=rearm) for pin, rearm in product(pins, Rearm)]
    cells += [make_cell(**TCP, clock=clock, flags=flags) for flags in FLAGS]
    assert_good(measure_each(cells))


def test_absolute_timers_keep_their_phase(make_cell: MakeCell, measure_each: MeasureEach) -> None:
    """Relative timers fall behind by their lateness each period; absolute ones do not."""
    fields = {"map_size": 200, "timeout_ns": NS_PER_MS}
    cells = [make_cell(**fields, rearm=rearm) for rearm in (Rearm.RELATIVE, Rearm.ABSOLUTE)]
    relative, absolute = (
        (record.callbacks.fired + (record.callbacks.missed_periods or 0)) / record.window_ns
        for record in measure_each(cells, duration=NS_PER_S)
        if record.callbacks is not None
    )
    assert absolute > relative
    assert absolute == pytest.approx(200 / NS_PER_MS, rel=0.01)


@pytest.mark.parametrize("program", ["resident", "tcp"])
def test_timeouts_of_every_distribution(
    program: str, make_cell: MakeCell, measure_each: MeasureEach
) -> None:
    fields = TCP if program == "tcp" else {"map_size": 2_000}
    cells = [make_cell(**fields, timeout_shape=shape) for shape in TimeoutShape]
    records = measure_each(cells, duration=NS_PER_S)
    assert_good(records)
    for record in records:
        callbacks = record.callbacks
        assert callbacks is not None and callbacks.served is not None
        # The mean of every distribution is the cell's timeout, so the rate is the same.
        assert callbacks.served > 0.85, record


def test_one_shot_timers_fire_once(make_cell: MakeCell, measure_each: MeasureEach) -> None:
    cell = make_cell(mode="one_shot", map_size=3_000, timeout_ns=200 * NS_PER_MS)
    (record,) = measure_each([cell])
    ledger = record.ledger
    assert ledger is not None and ledger.balanced
    assert (ledger.restarted, ledger.started) == (0, 3_000)
    assert ledger.fired + ledger.cancelled == 3_000
    assert record.callbacks is not None and record.callbacks.fired <= 3_000


def test_a_full_lru_map_frees_the_timers_that_it_evicts(
    make_cell: MakeCell, measure_each: MeasureEach
) -> None:
    # A timeout beyond the trial: entries leave by eviction only.
    cell = make_cell(**TCP | {"map_size": 64, "timeout_ns": 300 * NS_PER_MS}, map_type="lru_hash")
    (record,) = measure_each([cell])
    ledger = record.ledger
    assert ledger is not None and ledger.balanced, ledger
    assert ledger.freed > 0 and ledger.freed_inferred and ledger.entries <= 64


def test_the_kernel_s_own_words_end_a_trial_without_timers(
    make_cell: MakeCell, measure_each: MeasureEach, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A flag that does not exist stands for one that an older kernel does not know."""
    monkeypatch.setitem(loading.FLAG_BITS, Flag.CPU_PIN, 1 << 9)
    with pytest.raises(TrialFailedError, match="bpf_timer_start answered 1,000 times EINVAL"):
        measure_each([make_cell(flags=(Flag.CPU_PIN,))])
