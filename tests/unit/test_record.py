from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.record import (
    HEADER,
    RECORD,
    Callbacks,
    Distribution,
    Ledger,
    RunHeader,
    Status,
    TrialRecord,
    Venue,
)
from bench.spec import MAX_EXPIRY_NS, MAX_LOAD_HZ, MAX_MAP_SIZE, Cell, Hook
from bench.store import schemas

whole = st.integers(0, 2**63 - 1)
share = st.floats(0, 1)
maybe = st.none() | st.integers(-(2**63), 2**63 - 1)
errnos = st.dictionaries(st.sampled_from(["ENOMEM", "EPERM", "EINVAL"]), whole)
distributions = st.builds(
    Distribution,
    count=whole,
    mean_ns=st.none() | st.floats(0, 1e12),
    negative=whole,
    overflow=whole,
    hdr=st.none() | st.text(),
    **dict.fromkeys(("min_ns", "p50_ns", "p90_ns", "p99_ns", "p999_ns", "max_ns"), maybe),
)
terms = ("inited", "started", "restarted", "fired", "cancelled", "freed", "pending")
failures = ("init_failed", "insert_failed", "start_failed")
ledgers = st.builds(
    Ledger,
    balanced=st.booleans(),
    unmatched=maybe,
    **dict.fromkeys(terms, whole),
    **dict.fromkeys(failures, errnos),
    init_retried=whole,
)
records = st.builds(
    TrialRecord,
    trial=whole,
    block=whole,
    status=st.sampled_from(Status),
    reasons=st.lists(st.text()),
    error=st.none() | st.text(),
    cell=st.builds(
        Cell,
        program=st.text(min_size=1),
        map_size=st.integers(1, MAX_MAP_SIZE),
        timeout_ns=st.integers(1, MAX_EXPIRY_NS),
        load_hz=st.none() | st.integers(0, MAX_LOAD_HZ),
        hook=st.none() | st.sampled_from(Hook),
    ),
    callbacks=st.none()
    | st.builds(Callbacks, fired=whole, offered_hz=st.none(), fired_hz=share, served=share),
    lateness=st.none() | distributions,
    stages=st.none() | st.dictionaries(st.sampled_from(["irq", "entry", "queue"]), distributions),
    venue=st.none() | st.builds(Venue, idle=whole, task=whole, ksoftirqd=whole),
    ledger=st.none() | ledgers,
)


@given(records)
def test_a_record_survives_json(record: TrialRecord) -> None:
    assert RECORD.validate_json(RECORD.dump_json(record)) == record


def test_a_full_record_survives_json(make_record: Callable[..., TrialRecord]) -> None:
    record = make_record(3, reasons=["steal 30% | 'quoted'\n", "µ"])
    assert RECORD.validate_json(RECORD.dump_json(record)) == record


def test_a_header_survives_json(header: RunHeader) -> None:
    assert HEADER.validate_json(HEADER.dump_json(header)) == header


def test_keys_of_newer_tools_are_ignored(make_record: Callable[..., TrialRecord]) -> None:
    data = json.loads(RECORD.dump_json(make_record(1)))
    assert RECORD.validate_python(data | {"from_the_future": 1}) == make_record(1)


@pytest.mark.parametrize("name", ["run", "trial"])
def test_schema_is_the_published_one(name: str, check_golden: Callable[[str, str], None]) -> None:
    """A difference is a change of the file format: think of readers, then store the new one."""
    text = json.dumps(schemas()[name], indent=2, sort_keys=True) + "\n"
    check_golden(f"{name}.schema.json", text)
