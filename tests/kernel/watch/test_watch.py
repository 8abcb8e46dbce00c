"""``bench watch`` over programs that this project did not load, and what it leaves behind."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from bench.abi import VENUES
from bench.errors import KernelRefusedError
from bench.libbpf import raw
from bench.libbpf.ffi import lib
from bench.libbpf.maps import MAP_TYPES
from bench.libbpf.object import BpfObject
from bench.record import TrialRecord
from bench.spec import Cell
from bench.units import NS_PER_S
from bench.watch.counts import OTHER, Counts, total
from bench.watch.hooks import MOST_GROUPS, Hooks
from bench.watch.session import Seen, Watch
from bench.watch.switches import Switches
from tests.external.loaded import TICK_NS, External
from tests.kernel.ftrace import (
    BETWEEN_NS,
    TRACE_CLOCK_NS,
    Event,
    callback_address,
    events,
    hidden,
    tracing,
)
from tests.kernel.leftovers import bpf_objects
from tests.running import running
from tests.waiting import wait_until

Load = Callable[[str], External]
TICK = np.dtype([("timer", "V16"), ("ticks", "<u8"), ("error", "<i4"), ("pad", "<i4")])
HISTOGRAM_ERROR = 0.01
TRIES = 20
PACKET = bytes.fromhex(
    "000000000002000000000001080045000020000000004011000001020304050607080102003500080000"
    "00000000000000000000"
)
BENCH = (sys.executable, "-m", "bench")


def of_map(seen: Seen, number: int) -> Counts:
    return total(each for group, each in seen.counts.items() if group.map_id == number)


def ticks(program: External) -> int:
    """What the program itself counted."""
    fd = lib().bpf_obj_get(str(program.folder / "maps" / "sched_tick_ctxs").encode())
    try:
        values = [raw.lookup(fd, n.to_bytes(4, "little"), TICK.itemsize) for n in range(256)]
    finally:
        os.close(fd)
    return int(sum(np.frombuffer(value, TICK)["ticks"][0] for value in values if value))


def test_a_tick_per_cpu_is_counted_as_it_counts_itself(external: Load) -> None:
    program = external("percpu_tick")
    cpus = sorted(os.sched_getaffinity(0))
    with Watch(Switches(starts=True, runs=True)) as watch:
        assert [program.run(cpu=cpu) for cpu in cpus] == [0] * len(cpus)
        time.sleep(1.0)
        number = program.map_id("sched_tick_ctxs")
        program.unpin()
        seen = watch.seen() + watch.seen()
    found = of_map(seen, number)
    assert abs(found.fired - len(cpus) * NS_PER_S / TICK_NS) < 0.2 * found.fired
    # Each callback starts its timer again; a timer more is pending at the end.
    assert 0 <= found.started - found.fired <= len(cpus) and found.pushed_back == 0
    assert found.lateness.count == sum(found.venue) == found.runs.count == found.fired
    assert found.lateness.negative == found.other_clock == 0  # It runs on CLOCK_BOOTTIME.


def test_fired_is_what_the_program_counted(external: Load) -> None:
    program = external("percpu_tick")
    number, windows = program.map_id("sched_tick_ctxs"), []
    with Watch(Switches()) as watch:
        first, last = 0, ticks(program)
        assert program.run() == 0
        while not any(windows) and len(windows) < TRIES:
            time.sleep(0.1)
            before, fired, after = (
                ticks(program),
                of_map(watch.seen(), number).fired,
                ticks(program),
            )
            assert fired <= after - first
            windows.append(fired >= before - last > 0)
            first, last = before, after
    # Some kernels run no tracing program over some tasks, which come and go.
    assert any(windows)


def test_pushed_back_flows_are_told_from_new_ones(external: Load) -> None:
    program = external("flow_expiry")
    with Watch(Switches(starts=True)) as watch:
        for _ in range(5):
            assert program.run(PACKET) == 0
        time.sleep(0.2)
        found = of_map(watch.seen(), program.map_id("flow_table"))
    assert (found.started, found.pushed_back, found.fired) == (1, 4, 1)
    assert found.cancelled == 0


def test_a_timer_that_goes_with_its_map_is_cancelled(external: Load) -> None:
    ended = []
    while 1 not in ended and len(ended) < TRIES:
        ended.append(ended_with_its_map(external))
    # See the test above: over some tasks, some kernels hide it.
    assert set(ended) <= {0, 1} and 1 in ended


def ended_with_its_map(external: Load) -> int:
    program = external("flow_expiry")
    with Watch(Switches(starts=True)) as watch:
        assert program.run(PACKET) == 0
        number = program.map_id("flow_table")
        program.unpin()
        wait_until("the map gone", watch.maps, lambda maps: number not in maps)
        seen = watch.seen()
        # What left its queue is known by the next event of the CPU; it may be none of ours.
        other = external("percpu_tick")
        for cpu in sorted(os.sched_getaffinity(0)):
            other.run(cpu=cpu)
        time.sleep(0.1)
        seen = seen + watch.seen()
    found = of_map(seen, number)
    # The kernel takes the map's number away before it cancels its timers.
    assert found.started == 1
    return found.fired + total(seen.counts.values()).cancelled


def shown(*arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [*BENCH, "watch", "--json", *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_inner_and_second_maps_are_found_named_and_measured(external: Load) -> None:
    program = external("nested_stats")
    assert program.run() == 0
    found = shown("--duration", "1s", "--armed")
    maps = {each["name"]: each for each in found["maps"]}
    tenants, reporters = maps["tenants_v1"], maps["reporters"]
    assert tenants["callbacks"][0]["callback"] == "roll_window"
    assert tenants["callbacks"][0]["program_name"] == "begin"
    assert reporters["callbacks"][0]["callback"] == "send_report"
    assert tenants["fired_hz"] == pytest.approx(1_600, rel=0.2)
    assert reporters["fired_hz"] == pytest.approx(40, rel=0.2)
    assert tenants["lateness"]["p50_ns"] > 0 and tenants["lateness"]["p99_ns"] is not None
    assert sum(tenants["venue"][venue] for venue in VENUES) == tenants["fired"]
    assert [each["name"] for each in tenants["held_by"]] == [
        str(program.folder / "maps" / "tenants_v1")
    ]
    assert tenants["armed"] is not None and tenants["armed"] <= 16


@pytest.mark.parametrize("by", ["--map", "--prog"])
def test_one_of_several_can_be_watched(by: str, external: Load) -> None:
    external("nested_stats").run()
    tick = external("percpu_tick")
    tick.run()
    wanted = {"--map": str(tick.folder / "maps" / "sched_tick_ctxs"), "--prog": "tick_init"}
    found = shown(by, wanted[by], "--duration", "500ms")
    assert [each["name"] for each in found["maps"]] == ["sched_tick_ctxs"]


def hidden_expiry(event: Event) -> bool:
    return event.name == "hrtimer_expire_entry" and hidden(event)


def lateness(trace: list[Event]) -> list[int]:
    """Of each callback whose start is in the trace, too; ns."""
    expiry: dict[str, int] = {}
    found = []
    for event in trace:
        if event.name == "hrtimer_start":
            expiry[event.word("hrtimer")] = event.number("softexpires")
        elif event.word("hrtimer") in expiry:
            found.append(event.t_ns - expiry.pop(event.word("hrtimer")))
    return found


def test_lateness_is_that_of_ftrace(external: Load) -> None:
    program = external("nested_stats")
    ours_only = f"function == {callback_address()}"
    filters = {f"timer/{name}": ours_only for name in ("hrtimer_start", "hrtimer_expire_entry")}
    with Watch(Switches()) as watch, tracing(filters) as instance:
        assert program.run() == 0
        time.sleep(1.0)
        tenants, reporters = program.map_id("tenants_v1"), program.map_id("reporters")
        program.empty("tenants_v1")
        program.empty("reporters")
        seen = watch.seen()
        trace = events(instance)
    found = of_map(seen, tenants) + of_map(seen, reporters)
    # All callbacks of one run of a queue are given the same time, and a run may be of both maps.
    runs = {event.word("now") for event in trace if event.name == "hrtimer_expire_entry"}
    if not any(hidden_expiry(event) for event in trace):
        both = (of_map(seen, tenants).softirqs, of_map(seen, reporters).softirqs)
        assert max(both) <= len(runs) <= sum(both)
    theirs = lateness(trace)
    if len(theirs) != found.fired:
        theirs = lateness([event for event in trace if not hidden_expiry(event)])
    assert len(theirs) == found.fired > 1_000
    for q in (0.5, 0.9, 0.99):
        # Late ones are far apart: the histogram's rank may be the one beside numpy's.
        low, high = np.quantile(theirs, (q - 1 / len(theirs), q + 1 / len(theirs)))
        mine = found.lateness.quantile(q)
        assert mine is not None
        assert low * (1 - HISTOGRAM_ERROR) - TRACE_CLOCK_NS - BETWEEN_NS <= mine
        assert mine <= high * (1 + HISTOGRAM_ERROR) + TRACE_CLOCK_NS + BETWEEN_NS


def test_a_pinned_timer_is_put_into_no_other_queue(external: Load) -> None:
    program = external("percpu_tick")
    with Watch(Switches(starts=True)) as watch:
        assert program.run(cpu=0) == 0
        time.sleep(0.4)
        found = of_map(watch.seen(), program.map_id("sched_tick_ctxs"))
    assert found.started > 50 and found.elsewhere == 0
    # One timer alone has no batches.
    assert found.softirqs == found.fired


def test_raw_tracepoints_see_the_same_where_btf_is_refused(
    external: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = Hooks._tried

    def refusing(self: Hooks, *defines: str) -> BpfObject:
        if not defines:
            raise KernelRefusedError("tp_btf is refused", errno=1)
        return tried(self, *defines)

    monkeypatch.setattr(Hooks, "_tried", refusing)
    program = external("percpu_tick")
    with Watch(Switches(starts=True, runs=True)) as watch:
        assert watch.hooks.refused == "tp_btf is refused"
        assert program.run(cpu=0) == 0
        time.sleep(0.4)
        number = program.map_id("sched_tick_ctxs")
        program.unpin()
        wait_until("it is gone", watch.maps, lambda maps: number not in maps)
        found = of_map(watch.seen(), number)
    assert found.fired > 50 and found.lateness.count == found.fired == sum(found.venue)
    assert found.runs.count == found.fired and found.started == pytest.approx(found.fired, abs=1)
    assert found.lateness.quantile(0.5) is not None and found.elsewhere == 0


def test_both_refused_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def refusing(self: Hooks, *defines: str) -> BpfObject:
        raise KernelRefusedError(f"refused {defines}", errno=1)

    monkeypatch.setattr(Hooks, "_tried", refusing)
    with pytest.raises(KernelRefusedError, match=r"refused \(\)"), Watch(Switches()):
        pass


def test_attached_and_detached_under_saturation_nothing_is_lost_and_nothing_left(
    make_cell: Callable[..., Cell], measure: Callable[..., TrialRecord]
) -> None:
    before, ended, looks = bpf_objects(), threading.Event(), []

    def look_again_and_again() -> None:
        while not ended.is_set():
            with Watch(Switches(starts=True, runs=True)) as watch:
                time.sleep(0.03)
                looks.append(total(watch.seen().counts.values()).fired)

    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(look_again_and_again)
        cell = make_cell(map_size=10_000, timeout_ns=1_000_000, instrument="empty")
        found = measure(cell, allow_overload=True, duration=5_000_000_000)
        ended.set()
        looking.result()
    assert found.ledger is not None and found.ledger.balanced and not found.ledger.lost, found
    assert found.callbacks is not None
    # As many as this machine can: stated, since no machine's speed is asserted.
    print(f"{found.callbacks.fired_hz:,.0f} callbacks/s, attached {len(looks)} times")
    assert len(looks) >= 3 and sum(map(bool, looks)) >= 2
    wait_until(
        "nothing of it", bpf_objects, lambda now: all(now[kind] <= before[kind] for kind in now)
    )


def test_ten_thousand_maps_without_timers_are_passed_over(external: Load) -> None:
    maps, (soft, hard) = 10_000, resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, maps + 1_000), max(hard, maps + 1_000)))
    wanted = raw.MapType(kind=MAP_TYPES["array"])
    fds: list[int] = []
    try:
        fds += [raw.create_map(wanted, "no_timers") for _ in range(maps)]
        program = external("percpu_tick")
        with Watch(Switches()) as watch:
            assert program.run() == 0
            time.sleep(0.3)
            seen = watch.seen()
            assert watch.hooks.memory_bytes <= 64 << 20
    finally:
        for fd in fds:
            os.close(fd)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    number = program.map_id("sched_tick_ctxs")
    assert list(seen.maps) == [number] and of_map(seen, number).fired > 30


def test_killed_it_leaves_nothing(external: Load) -> None:
    external("percpu_tick").run()
    before = bpf_objects()
    with running([*BENCH, "watch", "--stream", "--interval", "100ms"]) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["maps"]
        assert bpf_objects()["link"] - before["link"]
        process.send_signal(signal.SIGKILL)
        process.wait()
    wait_until(
        "nothing of it", bpf_objects, lambda now: all(now[kind] <= before[kind] for kind in now)
    )


def test_no_timers_are_waited_for(external: Load) -> None:
    with running(
        [*BENCH, "watch", "--stream", "--interval", "200ms"], stderr=subprocess.PIPE
    ) as it:
        assert it.stdout is not None and it.stderr is not None
        # The test holds the lock of a measurement, of which it warns first.
        assert any("waiting for one" in line for line in it.stderr)
        assert json.loads(it.stdout.readline())["maps"] == []
        program = external("percpu_tick")
        program.run()
        later = [json.loads(it.stdout.readline()) for _ in range(5)]
        assert [each["name"] for each in later[-1]["maps"]] == ["sched_tick_ctxs"]


def test_the_busiest_map_gets_counters_from_the_quietest(
    external: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.watch.hooks.MOST_GROUPS", 3)
    quiet, busy = [external("percpu_tick") for _ in range(2)], external("nested_stats")
    with Watch(Switches()) as watch:
        assert [program.run() for program in quiet] == [0, 0]
        time.sleep(0.1)
        assert OTHER not in watch.seen().counts
        assert busy.run() == 0
        number, looks = busy.map_id("tenants_v1"), []

        def looked() -> Counts:
            time.sleep(0.2)
            looks.append(watch.seen())
            return of_map(looks[-1], number)

        # It fires 1,600 times a second, each of the others 250 times.
        wait_until("counters of its own", looked, lambda found: found.fired > 200)
        looked()
    each = [total(seen.counts.values()) for seen in looks]
    assert all(counts.lateness.count == sum(counts.venue) == counts.fired for counts in each)
    seconds = sum(seen.duration_ns for seen in looks) / NS_PER_S
    fired = sum(counts.fired for counts in each)
    assert fired == pytest.approx(seconds * (2 * NS_PER_S / TICK_NS + 1_640), rel=0.2)


def test_more_maps_than_counters_are_all_counted(
    external: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.watch.hooks.MOST_GROUPS", 3)
    programs = [external("percpu_tick") for _ in range(3)]
    with Watch(Switches()) as watch:
        for program in programs:
            assert program.run() == 0
        time.sleep(0.5)
        seen = watch.seen()
        groups = [group for group in seen.counts if group != OTHER]
        assert len(groups) == 2 and seen.counts[OTHER].fired > 0
        fired = sum(each.fired for each in seen.counts.values())
        assert fired == pytest.approx(3 * 0.5 * NS_PER_S / TICK_NS, rel=0.2)
        # Counters of maps that are gone are those of the next.
        gone = [each for each in programs if each.map_id("sched_tick_ctxs") == groups[0].map_id]
        gone[0].unpin()
        wait_until("it is gone", watch.maps, lambda maps: groups[0].map_id not in maps)
        watch.seen()
        watch.seen()
        time.sleep(0.3)
        later = watch.seen()
    fresh = [group for group in later.counts if group not in (*groups, OTHER)]
    assert len(fresh) == 1
    assert later.counts[fresh[0]].fired == pytest.approx(0.3 * NS_PER_S / TICK_NS, rel=0.5)


def test_three_hundred_maps_with_timers_each_have_their_counters(external: Load) -> None:
    assert MOST_GROUPS > 300
    programs = [external("percpu_tick") for _ in range(300)]
    with Watch(Switches()) as watch:
        assert [program.run() for program in programs] == [0] * len(programs)
        time.sleep(1.0)
        seen = watch.seen()
        assert watch.hooks.memory_bytes <= 64 << 20
    wanted = {program.map_id("sched_tick_ctxs") for program in programs}
    fired = {number: of_map(seen, number).fired for number in wanted}
    assert min(fired.values()) > 100 and OTHER not in seen.counts
