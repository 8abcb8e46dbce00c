from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bench.histogram import Histogram
from bench.reason import Code
from bench.record import Callbacks, Ledger, LoadResult, Noise
from bench.trial import validity
from bench.trial.validity import MIN_CALLBACKS, sampling_rules, traffic_rules
from bench.units import NS_PER_S

LEDGER = Ledger(
    inited=50,
    init_failed={},
    insert_failed={},
    started=50,
    restarted=100,
    start_failed={},
    fired=90,
    cancelled=30,
    freed=20,
    pending=10,
    balanced=True,
    unmatched=0,
)
LOAD = LoadResult(
    offered_hz=1_000.0,
    achieved_hz=950.0,
    connections=950,
    connections_total=1_000,
    errors={},
    connect=None,
)
CLEAN: dict[str, Any] = {
    "ledger": LEDGER,
    "callbacks": Callbacks(fired=MIN_CALLBACKS, offered_hz=None, fired_hz=20.0, served=None),
    "lateness": Histogram.of([5] * MIN_CALLBACKS).summary(),
    "load": LOAD,
    "noise": Noise(steal=0.1, involuntary_switches=10**6, interrupts=10**9),
    "max_steal": 0.1,
    "deadline_passed": False,
}


def broken_rules(**what: Any) -> list[str]:
    return [reason.text for reason in validity.broken_rules(**what)]


def test_at_every_bound_no_rule_is_broken() -> None:
    assert broken_rules(**CLEAN) == []


def test_what_was_not_measured_breaks_no_rule() -> None:
    unmeasured = {"lateness": None, "load": None, "ledger": replace(LEDGER, unmatched=None)}
    assert broken_rules(**CLEAN | unmeasured) == []


def test_callbacks_are_not_missed_where_none_are_needed() -> None:
    few = {"callbacks": replace(CLEAN["callbacks"], fired=0), "lateness": None}
    assert broken_rules(**CLEAN | few) != []
    assert broken_rules(**CLEAN | few, needs_callbacks=False) == []


def test_entries_that_were_not_collected_may_be_left() -> None:
    ledger = replace(LEDGER, collected=45, entries=5)
    assert broken_rules(**CLEAN | {"ledger": ledger}) == []


def test_a_closed_loop_has_nothing_to_stay_below() -> None:
    load = replace(LOAD, offered_hz=None, achieved_hz=0.5)
    assert broken_rules(**CLEAN | {"load": load}) == []


def test_a_little_backlog_is_no_excess() -> None:
    load = replace(LOAD, intended=1_000, connections=1_050, backlog=51)
    assert broken_rules(**CLEAN | {"load": load}) == []


BROKEN: list[tuple[dict[str, Any], str]] = [
    (
        {"ledger": replace(LEDGER, collected=45, entries=6)},
        "6 entries left in the map, 5 not collected",
    ),
    (
        {"ledger": replace(LEDGER, lost=2)},
        "2 timers lost: armed, but neither enqueued nor called back",
    ),
    (
        {"ledger": replace(LEDGER, collect_failed={"ENOENT": 3})},
        "timers not collected: 3 ENOENT",
    ),
    (
        {"ledger": replace(LEDGER, balanced=False, fired=91)},
        "ledger open: started + restarted = 150, accounted for = 151",
    ),
    (
        {"ledger": replace(LEDGER, init_failed={"ENOMEM": 3, "other": 1})},
        "timers not initialised: 3 ENOMEM, 1 other",
    ),
    ({"ledger": replace(LEDGER, insert_failed={"E2BIG": 2})}, "timers not inserted: 2 E2BIG"),
    ({"ledger": replace(LEDGER, start_failed={"EINVAL": 1})}, "timers not started: 1 EINVAL"),
    (
        {"ledger": replace(LEDGER, unmatched=-2)},
        "-2 timers against connection ends counted by the load",
    ),
    (
        {"ledger": replace(LEDGER, unmatched=1)},
        "+1 timer against connection ends counted by the load",
    ),
    (
        {"callbacks": replace(CLEAN["callbacks"], fired=19)},
        "too few samples: 19 callbacks, at least 20 are needed",
    ),
    (
        {"lateness": replace(CLEAN["lateness"], negative=4)},
        "4 callbacks before their expiry",
    ),
    (
        {"load": replace(LOAD, achieved_hz=949.0)},
        "load 949/s is 94.9% of offered 1k/s, at least 95% is needed",
    ),
    (
        {"load": replace(LOAD, intended=1_000, connections=1_051, backlog=52)},
        "load of 1,051 connections, 52 of them due before the window, is more than 105% of the "
        "1,000 due in it",
    ),
    (
        {"noise": replace(CLEAN["noise"], steal=0.101)},
        "steal 10.1% is above 10%",
    ),
    (
        {"noise": replace(CLEAN["noise"], drifted=["governor: was a, now b"])},
        "host drifted: governor: was a, now b",
    ),
    ({"deadline_passed": True}, "the program's own deadline passed within the window"),
]


@pytest.mark.parametrize(("changes", "reason"), BROKEN, ids=[reason for _, reason in BROKEN])
def test_each_rule_alone_gives_its_own_reason(changes: dict[str, Any], reason: str) -> None:
    assert broken_rules(**CLEAN | changes) == [reason]


def test_every_broken_rule_is_told() -> None:
    changes = {
        "ledger": replace(LEDGER, balanced=False, unmatched=1, start_failed={"EINVAL": 1}),
        "noise": Noise(steal=1.0, involuntary_switches=0, interrupts=0, drifted=["a", "b"]),
        "deadline_passed": True,
    }
    assert len(broken_rules(**CLEAN | changes)) == 7


def test_initialisations_that_were_repeated_break_no_rule() -> None:
    ledger = replace(LEDGER, init_retried=1_000)
    assert broken_rules(**CLEAN | {"ledger": ledger}) == []


def test_every_reason_has_the_code_of_its_rule() -> None:
    changes = {"noise": Noise(steal=1.0, involuntary_switches=0, interrupts=0, drifted=["a"])}
    found = validity.broken_rules(**CLEAN | changes)
    assert [reason.code for reason in found] == [Code.STEAL, Code.DRIFT]


def traffic(
    *, connections: int = 0, packets: int | None = None, load: LoadResult | None = None
) -> list[str]:
    """What is said of a window of 2 s."""
    noise = Noise(
        steal=0.0,
        involuntary_switches=0,
        interrupts=0,
        foreign_connections=connections,
        foreign_packets=packets,
        traffic_ns=2 * NS_PER_S,
    )
    return [reason.text for reason in traffic_rules(noise, load)]


def test_an_orphan_load_beside_a_trial_without_one() -> None:
    assert traffic(connections=2_024, packets=12_000) == [
        "1,012 connections/s that are not this run's load arrived during the window, "
        "at most 20/s may"
    ]


@pytest.mark.parametrize(("connections", "packets"), [(40, 1_000), (0, 0), (3, None)])
def test_what_an_ordinary_host_sees_is_no_load(connections: int, packets: int | None) -> None:
    assert traffic(connections=connections, packets=packets) == []


def test_packets_without_connections_are_told() -> None:
    (said,) = traffic(packets=1_002)
    assert said.startswith("501 packets/s that are not this run's load")


def test_one_per_cent_of_a_load_may_be_others() -> None:
    load = replace(LOAD, achieved_hz=30_000.0)
    assert traffic(connections=600, load=load) == []
    assert traffic(connections=602, load=load)[0].endswith("at most 300/s may")


def test_a_few_connections_are_no_load_however_short_the_window() -> None:
    noise = replace(CLEAN["noise"], foreign_connections=10, traffic_ns=NS_PER_S // 20)
    assert traffic_rules(noise, None) == []
    (said,) = traffic_rules(replace(noise, foreign_connections=11), None)
    assert said.text.startswith("220 connections/s") and said.code is Code.FOREIGN


def test_records_from_before_traffic_was_counted_say_nothing_of_it() -> None:
    assert traffic_rules(CLEAN["noise"], None) == []


@pytest.mark.parametrize(
    ("measures", "cpus", "enough"),
    [
        ({"samples": 979, "expected_samples": 1_000}, 0, False),
        ({"samples": 980, "expected_samples": 1_000}, 0, True),
        ({"samples": 978, "expected_samples": 1_000}, 2, True),
        ({"samples": 5, "expected_samples": None}, 2, True),
        ({}, 2, True),
    ],
    ids=["short", "98 %", "a period of each CPU is cut", "no rate is promised", "no sampler"],
)
def test_a_sampler_takes_the_samples_that_its_period_asks_for(
    measures: dict[str, int | float | None], cpus: int, enough: bool
) -> None:
    reasons = sampling_rules(measures, cpus)
    assert (not reasons) == enough
    if reasons:
        assert reasons[0].code is Code.SAMPLES_FEW
        assert reasons[0].text.startswith("too few samples: 979, 97.9% of 1,000 expected")
