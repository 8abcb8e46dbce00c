"""What the XDP programs make of cells; no kernel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bench.errors import UsageError
from bench.libbpf.compiler import source_dir
from bench.programs import flooding
from bench.programs.base import Place, Program
from bench.programs.tcp import FASTEST_HZ
from bench.programs.xdp_gc import XdpGc
from bench.programs.xdp_health import XdpHealth
from bench.spec import Cell, Engine, Hook, MapType, Phase
from bench.units import NS_PER_MS, NS_PER_S

MakeCell = Callable[..., Cell]
GC, HEALTH = XdpGc(), XdpHealth()


@pytest.fixture
def gc(make_cell: MakeCell) -> MakeCell:
    def make(load_hz: int | None = 0, **options: object) -> Cell:
        base = {"map_size": 10_000, "timeout_ns": 100 * NS_PER_MS, "load_hz": load_hz}
        return GC.normalise(make_cell(program="xdp_gc", options=options, **base))

    return make


@pytest.fixture
def health(make_cell: MakeCell) -> MakeCell:
    def make(map_size: int = 100, **options: object) -> Cell:
        base = {"map_size": map_size, "timeout_ns": 100 * NS_PER_MS}
        return HEALTH.normalise(make_cell(program="xdp_health", options=options, **base))

    return make


@pytest.mark.parametrize("program", [GC, HEALTH])
def test_they_take_place_on_a_veth_pair_with_their_own_program(program: Program) -> None:
    text = (source_dir() / program.source).read_text()
    assert program.place is Place.VETH and f"int {program.xdp}(struct xdp_md" in text


def test_words_of_the_slot_have_the_order_of_the_source() -> None:
    for program, words in (
        (GC, ("PACKETS", "PUSHED_BACK", "UNTIMED")),
        (HEALTH, ("PACKETS", "MARKED_DOWN", "DETECTED", "FALSE_ALARMS", "MARKED_UP")),
    ):
        body = (source_dir() / program.source).read_text().split("enum measure {")[1].split("}")[0]
        assert [line.split(",")[0].strip() for line in body.strip().splitlines()] == list(words)
        assert len(program.measures) == len(words)
        pairs = zip(program.measures, words, strict=True)
        assert all(name.removeprefix("packets_").upper() == word for name, word in pairs)


def test_what_the_cells_lack_is_filled_in(make_cell: MakeCell) -> None:
    given = make_cell(program="xdp_gc", hook=Hook.SOCKOPS, phase=Phase.BURST)
    cell = GC.normalise(given)
    assert cell.hook is None and cell.phase is None
    assert dict(cell.options) == {"packets_hz": 0, "flows": 10_000, "packets_ip": "ipv4"}
    assert GC.normalise(cell) == cell


def test_without_a_flood_its_flows_make_no_difference(gc: MakeCell) -> None:
    assert gc(load_hz=5, flows=77, packets_ip="ipv6") == gc(load_hz=5)
    assert gc(packets_hz=1, flows=77) != gc(packets_hz=1)


@pytest.mark.parametrize(("text", "value"), [("0", 0), ("100k", 100_000), ("max", "max")])
def test_rates_of_a_flood(text: str, value: object) -> None:
    assert flooding.rate(text) == value


@pytest.mark.parametrize("text", ["fast", "-1", "11M"])
def test_a_wrong_rate_is_refused(text: str, gc: MakeCell) -> None:
    with pytest.raises(UsageError, match=r"option packets_hz: .* max is as fast as it goes"):
        gc(packets_hz=text)


def test_a_table_without_flows_is_refused(gc: MakeCell) -> None:
    with pytest.raises(UsageError, match="needs flows"):
        GC.check(gc())
    GC.check(gc(packets_hz="max"))
    GC.check(gc(load_hz=1))


@pytest.mark.parametrize(
    ("options", "expected", "needed"),
    [
        # 10,000 flows at 50,000 packets/s come again after 200 ms, at 200,000 after 50 ms.
        ({"packets_hz": 50_000}, 50_000.0, True),
        ({"packets_hz": 200_000}, 0.0, False),
        ({"packets_hz": "max"}, None, False),
        ({"packets_hz": 0, "load_hz": 10}, None, True),
    ],
)
def test_expiries_are_those_of_flows_that_do_not_come_again_in_time(
    options: dict[str, object], expected: float | None, needed: bool, gc: MakeCell
) -> None:
    cell = gc(**options)
    assert GC.offered_hz(cell, 10.0) == expected
    assert GC.needs_callbacks(cell) is needed


@pytest.mark.parametrize(("rate", "needed"), [(99_999, True), (100_000, False)])
def test_a_full_lru_table_evicts_before_timers_expire(
    rate: int, needed: bool, gc: MakeCell
) -> None:
    # 10,000 entries; within the timeout of 100 ms as many flows come at 100,000 packets/s.
    cell = replace(gc(packets_hz=rate, flows=1_000_000), map_type=MapType.LRU_HASH)
    assert GC.needs_callbacks(cell) is needed


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        # a flow that does not come again expires once; the flood may fall behind its rate
        ({"packets_hz": 200_000}, 110_000),
        # flows expire as fast as packets come; freed ones take a second to come back
        ({"packets_hz": 50_000}, 60_000),
        # twice as many flows as the table takes
        ({"packets_hz": "max", "flows": 20_000}, 210_000),
        ({"load_hz": 1_000}, 1_100),
        ({"load_hz": None}, FASTEST_HZ // 10 + FASTEST_HZ),
    ],
)
def test_timers_that_may_exist_at_once(
    options: dict[str, object], expected: int, gc: MakeCell
) -> None:
    assert GC.outstanding(gc(**options)) == expected


def test_an_lru_table_that_is_too_small_frees_a_timer_for_each_packet(gc: MakeCell) -> None:
    cell = replace(gc(packets_hz="max", flows=20_000), map_type=MapType.LRU_HASH)
    assert GC.outstanding(cell) == 10_000 + flooding.FASTEST_HZ


def test_engines_of_a_flow_table() -> None:
    assert set(GC.engines) == {Engine.BPF_TIMER, Engine.USER_GC, Engine.LRU}
    assert HEALTH.engines == (Engine.BPF_TIMER,)


def test_backends_without_packets_are_refused(health: MakeCell) -> None:
    with pytest.raises(UsageError, match="needs packets of its backends"):
        HEALTH.check(health(packets_hz=0))


def test_outages_shorter_than_the_timeout_are_refused(health: MakeCell) -> None:
    with pytest.raises(UsageError, match="outages of 100ms end before the timeout of 100ms"):
        HEALTH.check(health(outage_ns="100ms"))
    HEALTH.check(health(outage_ns="101ms"))


def test_more_outages_than_backends_are_refused(health: MakeCell) -> None:
    # 500 ms of silence and two timeouts: a backend's turn is 700 ms at least.
    with pytest.raises(UsageError, match="each of 14 backends would fall silent again"):
        HEALTH.check(health(map_size=14, outages_hz=21))
    HEALTH.check(health(map_size=14, outages_hz=20))


def test_without_outages_their_length_makes_no_difference(health: MakeCell) -> None:
    assert health(outages_hz=0, outage_ns=NS_PER_S) == health(outages_hz=0)
    HEALTH.check(health(outages_hz=0))
    assert not HEALTH.needs_callbacks(health(outages_hz=0))


def test_one_expiry_is_offered_for_each_outage(health: MakeCell) -> None:
    assert HEALTH.offered_hz(health(outages_hz=7), 0.0) == 7.0
    assert HEALTH.needs_callbacks(health(outages_hz=7))
    assert HEALTH.outstanding(health()) == 100
