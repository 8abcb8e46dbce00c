"""Every message survives its line; everything else is refused with a reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.load import messages as m
from bench.spec import LoadShape

whole = st.integers(0, 2**63 - 1)
ports = st.integers(1, 65_535)
endpoint = st.tuples(st.sampled_from(["127.0.0.1", "::1", "192.0.2.7"]), ports)
by_errno = st.dictionaries(st.sampled_from(["ECONNREFUSED", "ETIMEDOUT"]), whole)
some_ns = st.one_of(st.none(), st.integers(-5, 2**40))

commands = st.one_of(
    st.builds(
        m.Listen,
        hosts=st.lists(st.text(), min_size=1).map(tuple),
        ports=st.lists(ports).map(tuple),
        count=st.integers(1, 1024),
    ),
    st.builds(m.Drain, expected=whole, timeout_ns=whole),
    st.builds(
        m.Start,
        targets=st.lists(endpoint, min_size=1).map(tuple),
        rate_hz=st.one_of(st.none(), st.integers(1, 10_000_000)),
        shape=st.sampled_from(LoadShape),
        seed=whole,
        hold_ns=whole,
        payload_bytes=st.integers(0, 1 << 20),
        sources=st.integers(0, 65_024),
        concurrency=st.integers(1, 4096),
    ),
    st.just(m.Progress()),
    st.just(m.Snapshot()),
    st.builds(m.Stop, timeout_ns=whole),
)
counters = st.builds(
    m.Counters,
    t_ns=whole,
    intended=whole,
    attempted=whole,
    connecting=whole,
    connected=whole,
    open=whole,
    closed=whole,
    errors=by_errno,
    broken=by_errno,
)
delays = st.builds(
    m.Delays,
    counts=st.lists(st.tuples(whole, whole)).map(tuple),
    total_ns=st.integers(0, 2**63 - 1),
    min_ns=some_ns,
    max_ns=some_ns,
    negative=whole,
    overflow=whole,
)
due = st.builds(m.DueReport, intended=whole, attempted=whole, connected=whole, delays=delays)
events = st.one_of(
    st.builds(
        m.Ready,
        role=st.sampled_from(["server", "client"]),
        pid=whole,
        cpus=st.lists(whole).map(tuple),
        descriptors=whole,
    ),
    st.builds(
        m.Listening,
        endpoints=st.lists(endpoint).map(tuple),
        unavailable=st.dictionaries(st.text(), st.text()),
    ),
    st.builds(
        m.Drained, accepted=whole, closed=whole, aborted=whole, echoed_bytes=whole, errors=by_errno
    ),
    st.builds(m.Started, t_ns=whole),
    counters,
    st.builds(
        m.Report,
        serial=whole,
        started_ns=whole,
        final=st.booleans(),
        counters=counters,
        due=st.lists(due).map(tuple),
    ),
    st.builds(m.ErrorEvent, message=st.text(), remedy=st.text()),
)


@given(commands)
def test_command_round_trip(command: m.Command) -> None:
    line = m.encode(command)
    assert line.endswith(b"\n") and line.count(b"\n") == 1
    assert m.decode_command(line) == command


@given(events)
def test_event_round_trip(event: m.Event) -> None:
    line = m.encode(event)
    assert line.endswith(b"\n") and line.count(b"\n") == 1
    assert m.decode_event(line) == event


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"", "Invalid JSON"),
        (b"\xff\xfe", "Invalid JSON"),
        (b"[1, 2]", "an object"),
        (b'{"cmd": "launch"}', "'launch'"),
        (b'{"hello": 1}', "cmd"),
        (b'{"cmd": "drain"}', "expected: Field required"),
        (b'{"cmd": "drain", "expected": "5"}', "valid integer"),
        (b'{"cmd": "drain", "expected": -1}', "greater than or equal to 0"),
        (b'{"cmd": "stop", "now": true}', "now"),
        (b'{"cmd": "listen", "hosts": ["::1"], "ports": [70000]}', "less than or equal to 65535"),
    ],
)
def test_refusals_name_the_reason(line: bytes, reason: str) -> None:
    with pytest.raises(m.ProtocolError) as caught:
        m.decode_command(line)
    assert reason in caught.value.problem
    assert "\n" not in caught.value.problem


@given(st.binary(max_size=200))
def test_no_input_raises_anything_else(line: bytes) -> None:
    try:
        m.decode_command(line)
    except m.ProtocolError:
        pass
