"""``bench timers`` against /proc/timer_list, over programs that this project did not load."""

from __future__ import annotations

import json
import os
import re
import resource
import time
from collections.abc import Callable, Iterator
from operator import not_
from pathlib import Path
from typing import Any

import pytest

from bench.cli.main import main
from bench.libbpf import raw
from bench.watch.census import Census
from bench.watch.session import Seen, Watch
from bench.watch.switches import Switches
from tests.external.loaded import External
from tests.kernel.watch.test_watch import of_map
from tests.waiting import wait_until

Load = Callable[[str], External]
MANY = 10_000
SOON_S = 5.0
"""Many times what it takes."""
PENDING = re.compile(
    r"<[^>]*>, bpf_timer_cb, S:\S+\n # expires at \S+ nsecs \[in (-?\d+) to -?\d+ nsecs\]"
)


def queued() -> list[int]:
    """Time until each queued bpf_timer is due, ns, as the kernel lists them."""
    return [int(wait) for wait in PENDING.findall(Path("/proc/timer_list").read_text())]


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    with pytest.raises(SystemExit) as ended:
        main(["timers", "--json", *arguments])
    assert ended.value.code == 0
    maps: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["maps"]
    return maps


def test_nested_and_inner_maps_are_found_with_their_keys(
    external: Load, capsys: pytest.CaptureFixture[str]
) -> None:
    program = external("nested_stats")
    assert program.run() == 0
    # A callback takes its timer off the queue for a moment.
    own = {program.map_id("tenants_v1"), program.map_id("reporters")}
    maps = wait_until(
        "all timers queued",
        lambda: [each for each in shown(capsys) if each["id"] in own],
        lambda found: armed(found) == 17,
    )
    tenants, reporters = maps
    assert (tenants["name"], tenants["type"], tenants["armed"]) == ("tenants_v1", "hash", 16)
    assert sorted(t["key"] for t in tenants["timers"]) == [str(1000 + n) for n in range(16)]
    assert {t["callback"] for t in tenants["timers"]} == {"roll_window"}
    (report,) = reporters["timers"]
    assert report["key"] == '"weekly"' and report["key_hex"] == b"weekly\0\0".hex()
    assert (report["program_name"], report["callback"]) == ("begin", "send_report")


def armed(maps: list[dict[str, Any]]) -> int:
    return sum(found["armed"] for found in maps)


def test_numbers_and_expiries_agree_with_timer_list(
    external: Load, capsys: pytest.CaptureFixture[str]
) -> None:
    tick = external("percpu_tick")
    cpus = sorted(os.sched_getaffinity(0))
    assert [tick.run(cpu=cpu) for cpu in cpus] == [0] * len(cpus)
    wait_until("their list", queued, lambda found: len(found) == len(cpus))
    own = ("--map", str(tick.folder / "maps" / "sched_tick_ctxs"))
    (found,) = wait_until("ours", lambda: shown(capsys, *own), lambda m: armed(m) == len(cpus))
    assert sorted(timer["cpu"] for timer in found["timers"]) == cpus
    assert sorted(timer["key"] for timer in found["timers"]) == [str(cpu) for cpu in cpus]
    assert {timer["clock"] for timer in found["timers"]} == {"boottime"}
    assert all(timer["expires_in_ns"] < 4_000_000 for timer in found["timers"])


def test_those_due_first_are_shown_and_all_are_counted(
    external: Load, capsys: pytest.CaptureFixture[str]
) -> None:
    program = external("nested_stats")
    program.run()
    wanted = str(program.folder / "maps" / "tenants_v1")
    (found,) = shown(capsys, "--map", wanted, "--most", "3")
    assert found["id"] == program.map_id("tenants_v1")
    waits = [timer["expires_in_ns"] for timer in found["timers"]]
    assert len(waits) == 3 and waits == sorted(waits)
    assert found["armed"] >= 10


def test_what_watch_saw_start_and_not_end_is_armed(external: Load) -> None:
    program = external("nested_stats")
    with Watch(Switches(starts=True), count_armed=True) as watch:
        assert program.run() == 0
        time.sleep(0.5)
        seen, tenants = watch.seen(), program.map_id("tenants_v1")
        program.empty("tenants_v1")
        with Census() as census:
            (empty,) = [table for table in census.maps() if table.id == tenants]
            armed = census.armed(empty)
        seen_since = seen + watch.seen()
    assert left(seen, tenants) == pytest.approx(seen.armed[tenants], abs=os.cpu_count())
    assert 0 < seen.armed[tenants] <= 16
    # The last one of each CPU that left its queue is not known to be a cancel yet.
    assert armed is not None and armed.number == 0
    assert 0 <= left(seen_since, tenants) <= (os.cpu_count() or 1)


def left(seen: Seen, number: int) -> int:
    found = of_map(seen, number)
    return found.started - found.fired - found.cancelled


def test_a_map_that_nobody_holds_is_left_alone(external: Load) -> None:
    program = external("nested_stats")
    program.run()
    with Census() as census:
        names = {"tenants_v1", "reporters"}
        # The kernel may still be freeing those of tests before; what was made last is ours.
        named = [table for table in census.maps() if table.name in names]
        before = sorted(named, key=lambda table: table.id)[-len(names) :]
        assert {table.name for table in before} == names
        program.unpin()
        own = {table.id for table in before}
        wait_until("its maps gone", census.maps, lambda maps: not own & {one.id for one in maps})
        assert [census.armed(table) for table in before] == [None, None]


@pytest.fixture
def many_descriptors() -> Iterator[int]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(hard, MANY + 1_000)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    yield wanted - 1_000
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_ten_thousand_maps_without_timers_are_passed_over(
    external: Load, many_descriptors: int, capsys: pytest.CaptureFixture[str]
) -> None:
    others = [raw.create_map(raw.MapType(kind=2)) for _ in range(many_descriptors)]
    try:
        assert external("percpu_tick").run() == 0
        begun = time.monotonic()
        assert "sched_tick_ctxs" in {found["name"] for found in shown(capsys)}
        assert time.monotonic() - begun < SOON_S
    finally:
        for fd in others:
            os.close(fd)


def test_no_timers_are_said_to_be_none(capsys: pytest.CaptureFixture[str]) -> None:
    wait_until("no maps with timers", lambda: shown(capsys), not_)
    with pytest.raises(SystemExit):
        main(["timers"])
    assert "No map on this host can hold a bpf_timer." in capsys.readouterr().out
