from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import pytest

from bench.histogram import Histogram
from bench.watch.answer import Asked, answer
from bench.watch.counts import OTHER, OwnCost, total
from bench.watch.document import (
    CallbackFigures,
    HeldBy,
    MapFigures,
    Own,
    Requests,
    Venues,
    WatchDocument,
    plain,
    schema,
)
from bench.watch.names import Names
from bench.watch.session import Seen
from bench.watch.switches import Switches

WATCH_PAGE = Path(__file__).resolve().parents[3] / "docs" / "watch.md"
Ask = Callable[..., Asked]


def test_maps_come_by_how_often_they_fire_with_their_callbacks(
    seen: Seen, ask: Ask, names: Names
) -> None:
    found = answer(seen, ask(), names)
    assert [each.id for each in found.maps] == [7, 9, 11]
    flows, old, quiet = found.maps
    assert (flows.fired, flows.fired_hz, flows.present) == (4_000, 2_000.0, True)
    assert [(each.program_name, each.callback) for each in flows.callbacks] == [
        ("classify", "flow_idle"),
        ("tick", None),
    ]
    assert [(each.pid, each.name) for each in flows.held_by] == [
        (1234, "proxy"),
        (None, "/sys/fs/bpf/flows"),
    ]
    assert (old.present, old.name, old.callbacks[0].program_name) == (False, "old", None)
    assert (quiet.fired, quiet.callbacks, quiet.lateness.p50_ns) == (0, [], None)


def test_percentiles_are_those_that_the_sample_carries(seen: Seen, ask: Ask, names: Names) -> None:
    flows, old, _ = answer(seen, ask(), names).maps
    assert flows.lateness.p50_ns is not None and flows.lateness.p99_ns is not None
    assert old.lateness.p50_ns is not None and old.lateness.p99_ns is None


def test_what_is_not_watched_is_none_and_says_why(seen: Seen, ask: Ask, names: Names) -> None:
    found = answer(seen, ask(), names)
    assert found.maps[0].started_hz is None and found.maps[0].run is None
    assert found.unknown["started_hz"] == "not watched: --starts does"
    assert found.unknown["run"] == "not watched: --runs does"
    assert found.unknown["requests"] == "not watched: --requests does"
    assert "--armed" in found.unknown["armed"]
    switches = Switches(starts=True, runs=True, requests=True)
    watched = answer(seen, ask(switches=switches, count_armed=True), names)
    assert watched.maps[0].started_hz == 2_000.0 and watched.unknown == {}


def test_requests_are_of_all_calls_and_what_refuses_them_is_said(
    seen: Seen, ask: Ask, names: Names
) -> None:
    (idle, *_) = seen.counts
    asked = replace(
        seen.counts[idle],
        requested=50,
        ahead=Histogram.of([20_000_000] * 50),
        queued=Histogram.of([90] * 40),
    )
    watched = ask(switches=Switches(requests=True))
    found = answer(replace(seen, counts={idle: asked}), watched, names).maps[0].requests
    assert found is not None and found.hz == 25.0
    assert (found.ahead.count, found.ahead.max_ns, found.queued.count) == (50, 20_000_000, 40)
    refused = answer(seen, ask(requests_refused="no fentry here"), names)
    assert refused.maps[0].requests is None and refused.unknown["requests"] == "no fentry here"


def test_batch_is_of_the_softirqs_that_ran_such_a_callback(
    seen: Seen, ask: Ask, names: Names
) -> None:
    (idle, *_) = seen.counts
    counts = seen.counts | {idle: replace(seen.counts[idle], softirqs=1_200)}
    flows = answer(replace(seen, counts=counts), ask(), names).maps[0]
    assert [each.batch for each in flows.callbacks] == [2.5, None]


def test_share_of_starts_elsewhere_is_that_of_starts_and_push_backs(
    seen: Seen, ask: Ask, names: Names
) -> None:
    (idle, *_) = seen.counts
    counts = {idle: replace(seen.counts[idle], started=30, pushed_back=10, elsewhere=4)}
    watched = ask(switches=Switches(starts=True))
    assert answer(replace(seen, counts=counts), watched, names).maps[0].elsewhere_share == 0.1
    unwatched = answer(replace(seen, counts=counts), ask(), names)
    assert unwatched.maps[0].elsewhere_share is None
    assert unwatched.unknown["elsewhere_share"] == "not watched: --starts does"


def test_own_cost_is_that_of_the_timed_events(seen: Seen, ask: Ask, names: Names) -> None:
    own = answer(seen, ask(), names).own
    assert (own.event_ns, own.cpu_share) == (100.0, pytest.approx(100 * 4_020 / 2e9))
    unmeasured = answer(replace(seen, own=OwnCost(events=5)), ask(), names)
    assert unmeasured.own.event_ns is None and "event_ns" in unmeasured.unknown


def test_only_what_is_meant_is_in_it(seen: Seen, ask: Ask, names: Names) -> None:
    one_map = answer(seen, ask(wanted=lambda table, _: table.name == "old"), names)
    assert [each.id for each in one_map.maps] == [9]
    one_program = answer(seen, ask(program=lambda number, name: name == "tick"), names)
    (flows,) = one_program.maps
    assert (flows.fired, len(flows.callbacks)) == (1_000, 1)


def test_timers_without_counters_of_their_own_are_others(
    seen: Seen, ask: Ask, names: Names
) -> None:
    assert answer(seen, ask(), names).other is None
    crowded = replace(seen, counts=seen.counts | {OTHER: total(seen.counts.values())})
    found = answer(crowded, ask(), names)
    assert found.other is not None and found.other.fired == 4_020
    assert [each.id for each in found.maps] == [7, 9, 11]


def test_two_times_in_a_row_add_up(seen: Seen, ask: Ask, names: Names) -> None:
    found = answer(seen + seen, ask(), names)
    assert (found.maps[0].fired, found.maps[0].fired_hz) == (8_000, 2_000.0)
    assert found.own.timed == 120 and found.batch == 4.0


def test_the_schema_is_the_published_one(check_golden: Callable[[str, str], None]) -> None:
    check_golden("watch.schema.json", json.dumps(schema(), indent=2) + "\n")


def test_the_document_is_json(seen: Seen, ask: Ask, names: Names) -> None:
    found = json.loads(json.dumps(plain(answer(seen, ask(), names))))
    assert found["maps"][0]["lateness"]["p50_ns"] == 1_003


@pytest.mark.parametrize(
    "cls", [WatchDocument, MapFigures, CallbackFigures, HeldBy, Own, Requests, Venues]
)
def test_every_field_is_documented(cls: type) -> None:
    documented = set(re.findall(r"`([a-z0-9_]+)`", WATCH_PAGE.read_text(encoding="utf-8")))
    assert {item.name for item in fields(cls)} <= documented
