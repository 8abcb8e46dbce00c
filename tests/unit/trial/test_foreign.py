"""What arrived beside the load: never too much of it, whatever the load had under way."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from bench.host.traffic import Traffic
from bench.trial.foreign import Foreign, foreign_traffic
from bench.trial.measurement import Measurement, Window
from bench.units import NS_PER_S


def seen(window: Window, **counts: int) -> Window:
    """The window with what the kernel counted in its 2 s."""
    names = [each.name for each in fields(Traffic) if each.name != "t_ns"]
    before = Traffic(t_ns=NS_PER_S, **dict.fromkeys(names, 70))
    after = Traffic(t_ns=3 * NS_PER_S, **{name: 70 + counts.get(name, 0) for name in names})
    return replace(
        window,
        opening=replace(window.opening, traffic=before),
        closing=replace(window.closing, traffic=after),
    )


def judged(
    window: Window, *, loaded: bool = False, begun: bool = False, payload_bytes: int = 0
) -> Foreign:
    return foreign_traffic(
        window, loaded_here=loaded, begun_here=begun, payload_bytes=payload_bytes
    )


def test_without_a_load_everything_is_foreign(measured: Measurement) -> None:
    window = seen(measured.window, opened=3, accepted=2_000, refused=9, late=9, packets=14_000)
    assert judged(window) == Foreign(connections=2_009, packets=14_000, window_ns=2 * NS_PER_S)


def test_a_connection_from_here_to_here_counts_once(measured: Measurement) -> None:
    assert judged(seen(measured.window, opened=50, accepted=50)).connections == 50


def test_the_load_s_own_connections_are_not_foreign(tcp_measured: Measurement) -> None:
    """3,960 connections of 3,980 attempts, of which 15 were refused and 5 are under way."""
    window = seen(tcp_measured.window, opened=3_980, accepted=3_960, refused=15, packets=40_000)
    assert judged(window, loaded=True, begun=True) == Foreign(
        connections=0, packets=0, window_ns=2 * NS_PER_S
    )


def test_a_few_resets_of_the_load_s_own_connections_are_not_foreign(loaded: Window) -> None:
    """Those of 20 attempts that failed, of connections that the kernel forgot, of late segments."""
    kernel = {"opened": 3_980, "accepted": 3_960, "forgotten": 300, "late": 50}
    window = seen(loaded, **kernel, refused=370)
    assert judged(window, loaded=True, begun=True).connections == 0
    more = seen(loaded, **kernel, refused=377)
    assert judged(more, loaded=True, begun=True).connections == 7


@pytest.mark.parametrize("begun", [True, False])
def test_what_comes_beside_the_load_is(tcp_measured: Measurement, begun: bool) -> None:
    opened = 3_980 if begun else 0
    window = seen(tcp_measured.window, opened=opened, accepted=3_980 + 2_000)
    assert judged(window, loaded=True, begun=begun).connections == 2_000


@pytest.fixture
def loaded(tcp_measured: Measurement) -> Window:
    """What the load connected in the window, it closed as well."""
    window = tcp_measured.window
    load = window.closing.load
    assert load is not None and window.opening.load is not None
    closed = window.opening.load.closed + load.connected - window.opening.load.connected
    return replace(window, closing=replace(window.closing, load=replace(load, closed=closed)))


def test_the_load_s_own_segments_are_not_foreign(loaded: Window) -> None:
    """Six a connection without a payload, as ``InSegs`` of a namespace with both ends shows."""
    window = seen(loaded, opened=3_980, accepted=3_960, segments=6 * 3_960)
    assert judged(window, loaded=True, begun=True).packets == 0
    echoed = seen(loaded, opened=3_980, accepted=3_960, segments=10 * 3_960)
    assert judged(echoed, loaded=True, begun=True, payload_bytes=100).packets == 0


def test_what_comes_on_connections_that_are_held_is_seen_beside_a_load(
    loaded: Window,
) -> None:
    """No connection is begun, and none is refused."""
    own = 6 * 3_960
    window = seen(loaded, opened=3_980, accepted=3_960, segments=own + 20_000)
    found = judged(window, loaded=True, begun=True)
    assert found.connections == 0
    assert 15_000 < found.packets <= 20_000


def test_datagrams_are_never_the_load_s(loaded: Window) -> None:
    window = seen(loaded, opened=3_980, accepted=3_960, datagrams=4_000)
    assert judged(window, loaded=True, begun=True).packets == 4_000


def test_a_load_in_other_namespaces_explains_nothing_here(tcp_measured: Measurement) -> None:
    window = seen(tcp_measured.window, accepted=3_000, packets=20_000)
    assert judged(window) == Foreign(connections=3_000, packets=20_000, window_ns=2 * NS_PER_S)


def test_an_interface_that_goes_takes_its_packets_along(measured: Measurement) -> None:
    assert judged(seen(measured.window, packets=-60)).packets == 0
