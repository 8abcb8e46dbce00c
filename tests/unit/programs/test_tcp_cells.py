from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.errors import UsageError
from bench.libbpf.compiler import source_dir
from bench.programs.tcp import FASTEST_HZ, Tcp
from bench.spec import ArmCpus, Cell, Ends, Hook, Phase

MakeCell = Callable[..., Cell]
PROGRAM = Tcp()
SERVER, BOTH = Ends.SERVER, Ends.BOTH


@pytest.fixture
def tcp_cell(make_cell: MakeCell) -> MakeCell:
    return lambda **changes: make_cell(**({"program": "tcp", "load_hz": 5_000} | changes))


def test_phase_and_arming_cpus_do_not_apply(tcp_cell: MakeCell) -> None:
    cell = tcp_cell(phase=Phase.EVEN, arm_cpus=ArmCpus.ONE, hook=Hook.SOCKOPS, ends=BOTH)
    assert PROGRAM.normalise(cell) == tcp_cell(hook=Hook.SOCKOPS, ends=BOTH)


def test_no_hook_means_auto_and_no_ends_the_server_s(tcp_cell: MakeCell) -> None:
    cell = PROGRAM.normalise(tcp_cell())
    assert cell.hook is Hook.AUTO and cell.ends is Ends.SERVER


@pytest.mark.parametrize(("ends", "expected_hz"), [(SERVER, 5_000.0), (BOTH, 10_000.0)])
def test_an_expiry_is_offered_per_measured_end_of_a_connection(
    ends: Ends, expected_hz: float, tcp_cell: MakeCell
) -> None:
    assert PROGRAM.offered_hz(tcp_cell(ends=ends), 5_000.0) == expected_hz


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        # 1,000/s x (0.5 s timeout + 1 s until RCU has freed them), at each end
        ({"load_hz": 1_000, "timeout_ns": 500_000_000, "map_size": 65_536}, 1_500),
        ({"load_hz": 1_000, "timeout_ns": 500_000_000, "map_size": 65_536, "ends": BOTH}, 3_000),
        # a long timeout fills the map: its 100 entries, and those that are being freed
        ({"load_hz": 1_000, "timeout_ns": 60_000_000_000, "map_size": 100}, 1_100),
        ({"load_hz": None, "timeout_ns": 1_000_000_000, "map_size": 2**30}, 2 * FASTEST_HZ),
    ],
)
def test_outstanding_timers_are_those_alive_and_those_being_freed(
    changes: dict[str, object], expected: int, tcp_cell: MakeCell
) -> None:
    assert PROGRAM.outstanding(tcp_cell(**changes)) == expected


@pytest.mark.parametrize("ends", Ends)
@pytest.mark.parametrize("hook", PROGRAM.hooks)
def test_programs_of_a_hook_exist_in_the_source(hook: Hook, ends: Ends, tcp_cell: MakeCell) -> None:
    text = (source_dir() / PROGRAM.source).read_text()
    names = PROGRAM.hook_programs(tcp_cell(ends=ends), hook)
    assert names and all(f"{name}(" in text or f"({name}," in text for name in names)


def test_fentry_meets_active_ends_by_a_program_of_their_own(tcp_cell: MakeCell) -> None:
    assert PROGRAM.hook_programs(tcp_cell(ends=SERVER), Hook.FENTRY) == ("fexit_server",)
    both = ("fentry_client", "fexit_server")
    assert PROGRAM.hook_programs(tcp_cell(ends=BOTH), Hook.FENTRY) == both


@pytest.mark.parametrize(
    ("ends", "hook", "expected"),
    [
        *((SERVER, hook, 7) for hook in PROGRAM.hooks),
        # clients are met before they are connected
        (BOTH, Hook.FENTRY, 17),
        (BOTH, Hook.TP_BTF, 14),
        (BOTH, Hook.SOCKOPS, 14),
    ],
)
def test_timers_that_connections_imply(
    ends: Ends, hook: Hook, expected: int, tcp_cell: MakeCell
) -> None:
    found = PROGRAM.expected_timers(tcp_cell(ends=ends), attempted=10, connected=7, hook=hook)
    assert found == expected


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
