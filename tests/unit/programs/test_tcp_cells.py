from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.errors import UsageError
from bench.libbpf.compiler import source_dir
from bench.programs.tcp import FASTEST_HZ, Tcp
from bench.spec import ArmCpus, Cell, Hook, Phase

MakeCell = Callable[..., Cell]
PROGRAM = Tcp()


@pytest.fixture
def tcp_cell(make_cell: MakeCell) -> MakeCell:
    return lambda **changes: make_cell(**({"program": "tcp", "load_hz": 5_000} | changes))


def test_phase_and_arming_cpus_do_not_apply(tcp_cell: MakeCell) -> None:
    cell = tcp_cell(phase=Phase.SPREAD, arm_cpus=ArmCpus.ONE, hook=Hook.SOCKOPS)
    assert PROGRAM.normalise(cell) == tcp_cell(hook=Hook.SOCKOPS)


def test_no_hook_means_auto(tcp_cell: MakeCell) -> None:
    assert PROGRAM.normalise(tcp_cell()).hook is Hook.AUTO


def test_two_expiries_are_offered_per_connection(tcp_cell: MakeCell) -> None:
    assert PROGRAM.offered_hz(tcp_cell(), 5_000.0) == 10_000.0


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        # 2 ends x 1,000/s x (0.5 s timeout + 1 s until RCU has freed them)
        ({"load_hz": 1_000, "timeout_ns": 500_000_000, "map_size": 65_536}, 3_000),
        # a long timeout fills the map: its 100 entries, and those that are being freed
        ({"load_hz": 1_000, "timeout_ns": 60_000_000_000, "map_size": 100}, 2_100),
        ({"load_hz": None, "timeout_ns": 1_000_000_000, "map_size": 2**30}, 4 * FASTEST_HZ),
    ],
)
def test_outstanding_timers_are_those_alive_and_those_being_freed(
    changes: dict[str, int], expected: int, tcp_cell: MakeCell
) -> None:
    assert PROGRAM.outstanding(tcp_cell(**changes)) == expected


@pytest.mark.parametrize("hook", PROGRAM.hooks)
def test_programs_of_a_hook_exist_in_the_source(hook: Hook) -> None:
    text = (source_dir() / PROGRAM.source).read_text()
    names = PROGRAM.hook_programs(hook)
    assert names and all(f"{name}(" in text or f"({name}," in text for name in names)


@pytest.mark.parametrize(
    ("hook", "expected"), [(Hook.FENTRY, 17), (Hook.TP_BTF, 14), (Hook.SOCKOPS, 14)]
)
def test_fentry_meets_clients_before_they_are_connected(hook: Hook, expected: int) -> None:
    assert PROGRAM.expected_timers(attempted=10, connected=7, hook=hook) == expected


def test_an_engine_that_only_evicts_needs_a_map_that_does(tcp_cell: Callable[..., Cell]) -> None:
    with pytest.raises(UsageError, match="engine lru cannot use map type hash"):
        PROGRAM.check(PROGRAM.normalise(tcp_cell(engine="lru")))


def test_axes_of_other_engines_are_left_out(tcp_cell: Callable[..., Cell]) -> None:
    options = {"gc_period_ns": "20ms"}
    timer, collector = (
        PROGRAM.normalise(tcp_cell(engine=engine, options=options))
        for engine in ("bpf_timer", "user_gc")
    )
    assert timer.options == ()
    assert collector.number("gc_period_ns") == 20_000_000


def test_this_host_has_one_end_of_connections_from_a_load_host(tcp_cell: MakeCell) -> None:
    assert PROGRAM.offered_hz_served(tcp_cell(), 5_000.0) == 5_000.0
    assert PROGRAM.expected_timers_served(connected=7) == 7
