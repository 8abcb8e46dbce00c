from __future__ import annotations

import pytest

from bench.flood.pace import LARGEST, TICK_NS, due, shares, step
from bench.units import NS_PER_MS, NS_PER_S


def test_without_a_rate_it_goes_on_and_on() -> None:
    assert step(None, 0, 0).packets == LARGEST


def test_the_first_packet_is_due_one_gap_after_the_start() -> None:
    assert due(1_000, NS_PER_MS - 1) == 0 and due(1_000, NS_PER_MS) == 1


def test_what_is_due_is_sent_at_once() -> None:
    assert step(1_000_000, 3 * NS_PER_MS, 1_000).packets == 2_000


def test_a_flood_far_behind_still_looks_up() -> None:
    assert step(10_000_000, NS_PER_S, 0).packets == LARGEST


@pytest.mark.parametrize("rate", [1, 50, 999, 1_000_000])
def test_it_waits_until_the_next_packet_or_for_one_tick(rate: int) -> None:
    found = step(rate, 0, 0)
    assert found.packets == 0
    assert found.wait_ns == max(-(-NS_PER_S // rate), TICK_NS)


@pytest.mark.parametrize("rate", [1, 7, 12_345, 3_000_000])
def test_a_simulated_flood_keeps_its_schedule(rate: int) -> None:
    now = sent = 0
    while now < 3 * NS_PER_S:
        found = step(rate, now, sent)
        sent += found.packets
        now += found.wait_ns or found.packets * 200
    assert abs(sent - due(rate, now)) <= rate * 2 * TICK_NS // NS_PER_S + 1


@pytest.mark.parametrize(
    ("rate_hz", "senders", "expected"),
    [
        (None, 2, (None, None)),
        (7, 1, (7,)),
        (7, 3, (3, 2, 2)),
        (2, 4, (1, 1)),
    ],
)
def test_senders_share_the_rate(
    rate_hz: int | None, senders: int, expected: tuple[int | None, ...]
) -> None:
    assert shares(rate_hz, senders) == expected
