"""When timers were asked for: where fentry on the helper loads, against programs that know."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from bench.errors import KernelRefusedError
from bench.host.cpus import find_cpus
from bench.libbpf.raw import recursion_misses
from bench.spec import Cell, Sweep
from bench.trial.rig import Rig
from bench.trial.trial import Trial
from bench.units import NS_PER_MS
from bench.watch.session import Watch
from bench.watch.switches import REQUEST, Switches
from tests.external.loaded import TICK_NS, External
from tests.kernel.watch.test_watch import HISTOGRAM_ERROR, PACKET, of_map

Load = Callable[[str], External]
WATCHED = Switches(requests=True)
TIMEOUT_NS = 100 * NS_PER_MS
IDLE_NS = 20 * NS_PER_MS
"""Of the flows of flow_expiry."""


@pytest.fixture
def watch() -> Watch:
    """To be entered; a kernel that refuses fentry is a skip wherever it runs.

    Nothing is missing then: ``test_refused_it_is_unknown_and_the_rest_is_there`` is for those.
    """
    with Watch(WATCHED) as tried:
        if tried.hooks.requests_refused is not None:
            pytest.skip(tried.hooks.requests_refused)
    return Watch(WATCHED)


def test_each_request_of_a_flow_is_seen_with_its_timeout(external: Load, watch: Watch) -> None:
    program = external("flow_expiry")
    with watch:
        for _ in range(5):
            assert program.run(PACKET) == 0
        time.sleep(0.2)
        found = of_map(watch.seen(), program.map_id("flow_table"))
    assert found.requested == found.ahead.count == 5
    # On a slow machine the flow's callback may come between two packets, or take a timer away
    # that was just asked for.
    assert found.fired >= 1 and 6 - found.fired <= found.queued.count <= 5
    assert found.ahead.max_ns == IDLE_NS and found.ahead.total_ns == 5 * IDLE_NS
    assert found.queued.max_ns is not None


def test_ticks_ask_for_themselves_within_their_callback(external: Load, watch: Watch) -> None:
    program = external("percpu_tick")
    with watch:
        assert program.run(cpu=0) == 0
        time.sleep(0.5)
        number = program.map_id("sched_tick_ctxs")
        program.unpin()
        seen = watch.seen() + watch.seen()
    found = of_map(seen, number)
    assert found.fired > 20
    p50 = found.ahead.quantile(0.5)
    assert p50 is not None and abs(p50 - TICK_NS) <= HISTOGRAM_ERROR * TICK_NS
    # A kernel that cannot pin refuses each first call, which is a request, too.
    refusals = found.requested - found.queued.count
    assert refusals in (0, found.queued.count)
    assert 0 <= found.queued.count - found.fired <= 1


@pytest.mark.parametrize("rearm", ["relative", "absolute"])
def test_requests_are_those_that_our_program_counted(
    rearm: str, watch: Watch, make_cell: Callable[..., Cell], make_sweep: Callable[..., Sweep]
) -> None:
    cell = make_cell(map_size=100, timeout_ns=TIMEOUT_NS, rearm=rearm)
    with Rig([cell]) as rig, watch:
        before = set(watch.maps())
        try:
            final = Trial(rig, cell, make_sweep(), 1, lambda sample: None).run().aftermath.counters
        except KernelRefusedError as error:
            pytest.skip(f"{rearm}: {error}")
        seen = watch.seen()
        missed = recursion_misses(watch.hooks._object.program_fd(REQUEST))
    # Loading tries what the kernel accepts with a map of its own.
    maps = {group.map_id for group in seen.counts} - before
    ours = max((of_map(seen, number) for number in maps), key=lambda each: each.requested)
    asked = final.started + final.restarted + sum(final.start_failed.values())
    # A call is not seen that interrupted the hook of another; a kernel without BPF_F_TIMER_ABS
    # refuses the first call of each CPU, which is made again.
    first = len(find_cpus().possible) if rearm == "absolute" else 0
    assert missed is not None and asked - missed <= ours.requested <= asked + first
    assert ours.requested == ours.ahead.count > 500
    # Of calls that others interrupt it is not known when they are queued.
    assert 0.95 * ours.fired <= ours.queued.count <= final.started + final.restarted
    assert ours.ahead.max_ns is not None and ours.ahead.max_ns <= TIMEOUT_NS
    p50 = ours.ahead.quantile(0.5)
    assert p50 is not None
    if rearm == "relative":
        assert p50 >= TIMEOUT_NS * (1 - HISTOGRAM_ERROR)


def test_refused_it_is_unknown_and_the_rest_is_there(
    external: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.watch.hooks.HELPER", "no_such_helper")
    program = external("flow_expiry")
    with Watch(WATCHED) as watch:
        assert watch.hooks.requests_refused is not None
        assert not watch.hooks.switches.requests
        assert program.run(PACKET) == 0
        time.sleep(0.2)
        found = of_map(watch.seen(), program.map_id("flow_table"))
    assert (found.fired, found.requested, found.ahead.count) == (1, 0, 0)
