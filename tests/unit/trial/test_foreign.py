"""What arrived beside the load: never too much of it, whatever the load had under way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.host.traffic import Traffic
from bench.trial.foreign import Foreign, foreign_traffic
from bench.trial.measurement import Measurement, Window
from bench.units import NS_PER_S


def seen(
    window: Window, *, opened: int = 0, accepted: int = 0, refused: int = 0, packets: int = 0
) -> Window:
    """The window with what the kernel counted in its 2 s."""
    before = Traffic(t_ns=NS_PER_S, opened=70, accepted=70, refused=70, packets=70)
    after = Traffic(
        t_ns=3 * NS_PER_S,
        opened=70 + opened,
        accepted=70 + accepted,
        refused=70 + refused,
        packets=70 + packets,
    )
    return replace(
        window,
        opening=replace(window.opening, traffic=before),
        closing=replace(window.closing, traffic=after),
    )


def judged(window: Window, *, loaded: bool = False, begun: bool = False) -> Foreign:
    return foreign_traffic(window, loaded_here=loaded, begun_here=begun)


def test_without_a_load_everything_is_foreign(measured: Measurement) -> None:
    window = seen(measured.window, opened=3, accepted=2_000, refused=9, packets=14_000)
    assert judged(window) == Foreign(connections=2_009, packets=14_000, window_ns=2 * NS_PER_S)


def test_a_connection_from_here_to_here_counts_once(measured: Measurement) -> None:
    assert judged(seen(measured.window, opened=50, accepted=50)).connections == 50


def test_the_load_s_own_connections_are_not_foreign(tcp_measured: Measurement) -> None:
    """3,960 connections of 3,980 attempts, of which 15 were refused and 5 are under way."""
    window = seen(tcp_measured.window, opened=3_980, accepted=3_960, refused=15, packets=40_000)
    assert judged(window, loaded=True, begun=True) == Foreign(
        connections=0, packets=None, window_ns=2 * NS_PER_S
    )


@pytest.mark.parametrize("begun", [True, False])
def test_what_comes_beside_the_load_is(tcp_measured: Measurement, begun: bool) -> None:
    opened = 3_980 if begun else 0
    window = seen(tcp_measured.window, opened=opened, accepted=3_980 + 2_000)
    assert judged(window, loaded=True, begun=begun).connections == 2_000


def test_a_load_in_other_namespaces_explains_nothing_here(tcp_measured: Measurement) -> None:
    window = seen(tcp_measured.window, accepted=3_000, packets=20_000)
    assert judged(window) == Foreign(connections=3_000, packets=20_000, window_ns=2 * NS_PER_S)


def test_an_interface_that_goes_takes_its_packets_along(measured: Measurement) -> None:
    assert judged(seen(measured.window, packets=-60)).packets == 0
