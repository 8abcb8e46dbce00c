"""What the XDP programs make of cells; no kernel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bench.errors import UsageError
from bench.libbpf.compiler import source_dir
from bench.programs import flooding
from bench.programs.base import Place, Program
from bench.programs.tc_gc import TcGc
from bench.programs.tcp import FASTEST_HZ
from bench.programs.xdp_gc import XdpGc
from bench.programs.xdp_health import XdpHealth
from bench.spec import Cell, Engine, Hook, MapType, Phase
from bench.units import NS_PER_MS, NS_PER_S

MakeCell = Callable[..., Cell]
GC, TC, HEALTH = XdpGc(), TcGc(), XdpHealth()


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


@pytest.mark.parametrize("program", [GC, TC, HEALTH])
def test_they_take_place_on_a_veth_pair_with_their_own_program(program: Program) -> None:
    text = (source_dir() / program.source).read_text()
    assert program.place is Place.VETH and f"int {program.xdp}(struct xdp_md" in text
    assert program.tc is None or f"int {program.tc}(struct __sk_buff" in text


def test_words_of_the_slot_have_the_order_of_the_source() -> None:
    health = ("PACKETS", "MARKED_DOWN", "DETECTED", "FALSE_ALARMS", "MARKED_UP")
    for program, source, words in (
        (GC, "flow_table.h", ("PACKETS", "PUSHED_BACK", "UNTIMED")),
        (TC, "flow_table.h", ("PACKETS", "PUSHED_BACK", "UNTIMED")),
        (HEALTH, HEALTH.source, health),
    ):
        body = (source_dir() / source).read_text().split("enum measure {")[1].split("}")[0]
        assert [line.split(",")[0].strip() for line in body.strip().splitlines()] == list(words)
        assert len(program.measures) == len(words)
        pairs = zip(program.measures, words, strict=True)
        assert all(name.removeprefix("packets_").upper() == word for name, word in pairs)


def test_flows_pushed_back_for_ever_are_there_after_one_round(gc: MakeCell) -> None:
    held = replace(gc(packets_hz="100k", flows="100k"), timeout_ns=300 * NS_PER_S)
    assert GC.lead_ns(held, 7) == NS_PER_S + 7
    expiring = gc(packets_hz="100k", flows="100k")
    assert GC.lead_ns(expiring, 7) == expiring.timeout_ns + 7
    at_random = replace(gc(packets_hz="100k", flow_order="zipf"), timeout_ns=300 * NS_PER_S)
    assert GC.lead_ns(at_random, 7) == 300 * NS_PER_S + 7
    unknown = replace(gc(packets_hz="max"), timeout_ns=300 * NS_PER_S)
    assert GC.lead_ns(unknown, 7) == 300 * NS_PER_S + 7


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"options": {"packets_hz": "5k"}}, "flows of its flood expire as well, or may"),
        (
            {"options": {"packets_hz": "100k", "flow_order": "zipf"}},
            "flows of its flood expire as well, or may",
        ),
        (
            {"options": {"packets_hz": "100k", "flows": "2k"}},
            "map size 2048 cannot hold a population of 1k and a flood's 2,000 flows",
        ),
        ({"hold_ns": NS_PER_S}, "hold is not 0"),
        ({"map_size": 100}, "map size 100 cannot hold a population of 1k"),
    ],
)
def test_a_population_is_of_connections_that_close_at_once(
    changes: dict[str, object], problem: str, make_cell: MakeCell
) -> None:
    fields: dict[str, object] = {
        "program": "xdp_gc",
        "map_size": 2_048,
        "timeout_ns": NS_PER_S,
        "load_hz": 1_000,
        "population": 1_000,
    }
    GC.check(GC.normalise(make_cell(**fields)))
    with pytest.raises(UsageError, match=problem):
        GC.check(GC.normalise(make_cell(**(fields | changes))))


def test_beside_a_population_a_flood_may_push_its_flows_back(make_cell: MakeCell) -> None:
    cell = GC.normalise(
        make_cell(
            program="xdp_gc", map_size=2_048, timeout_ns=NS_PER_S, load_hz=1_000, population=1_000,
            options={"packets_hz": "10k", "flows": "1k"},
        )
    )  # fmt: skip
    GC.check(cell)
    assert GC.lead_ns(cell, 7) == NS_PER_S // 10 + 7
    held = replace(cell, options=(*cell.options, ("held", 1_000)))
    GC.check(held)
    assert GC.lead_ns(held, 7) == 7
    assert (GC.seeds(held), GC.seeds(cell)) == (2_000, 1_000)
    assert "seed_flood" in GC.programs(held, None) and "seed_flood" not in GC.programs(cell, None)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"packets_hz": "100k", "flows": 10, "held": 11}, "option held is 11, but the flood .* 10"),
        ({"packets_hz": "1k", "flows": "1k", "held": 1}, "lets flows expire that are to be held"),
        ({"packets_hz": "max", "flows": 10, "held": 1}, "lets flows expire that are to be held"),
        ({"held": 10_001, "load_hz": 5}, "map size 10k cannot hold 10001 held"),
    ],
)
def test_what_cannot_be_held_is_refused(
    options: dict[str, object], problem: str, gc: MakeCell
) -> None:
    with pytest.raises(UsageError, match=problem):
        GC.check(gc(**options))


def test_only_tc_meets_other_protocols(make_cell: MakeCell) -> None:
    udp = make_cell(program="tc_gc", options={"packets_hz": 5, "packets_protocol": "udp"})
    assert flooding.protocol(TC.normalise(udp)) == "udp"
    idle = make_cell(program="tc_gc", load_hz=5, options={"packets_protocol": "udp"})
    assert flooding.protocol(TC.normalise(idle)) == "tcp"
    with pytest.raises(UsageError, match="xdp_gc has no option packets_protocol"):
        GC.normalise(replace(udp, program="xdp_gc"))


def test_what_the_cells_lack_is_filled_in(make_cell: MakeCell) -> None:
    given = make_cell(program="xdp_gc", hook=Hook.SOCKOPS, phase=Phase.BURST)
    cell = GC.normalise(given)
    assert cell.hook is None and cell.phase is None
    assert dict(cell.options) == {
        "packets_hz": 0,
        "flows": 10_000,
        "flow_order": "turn",
        "packets_cpus": "one",
        "packets_ip": "ipv4",
    }
    assert GC.normalise(cell) == cell


def test_without_a_flood_its_flows_make_no_difference(gc: MakeCell) -> None:
    assert gc(load_hz=5, flows=77, packets_ip="ipv6", flow_order="zipf", packets_cpus="all") == gc(
        load_hz=5
    )
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
    assert set(GC.engines) == {
        Engine.BPF_TIMER, Engine.BPF_WQ, Engine.USER_GC, Engine.BPF_SCAN, Engine.BPF_SWEEP,
        Engine.LRU,
    }  # fmt: skip
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
