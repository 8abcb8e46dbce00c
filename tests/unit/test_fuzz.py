"""Some inputs of each kind, and all that ever broke a rule; ``make fuzz`` tries 100,000 of each."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.export.openmetrics import _number
from bench.quantities.cpu import CPU_PER_CALLBACK
from bench.record import TrialRecord
from tests.chance import drawing
from tests.fuzz.campaign import inputs, kept, tried
from tests.fuzz.guard import finding
from tests.fuzz.kinds import KINDS, Kind

NUMBER = 150


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_what_others_wrote_is_read_or_refused_in_a_sentence(kind: Kind) -> None:
    seed = drawing(f"fuzz[{kind.name}]").randrange(2**32)
    found = [f"{each.how}\n{each.data!r:.300}" for each in tried(kind, inputs(kind, NUMBER, seed))]
    assert not found, found[0]


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_what_once_broke_a_rule_is_read_or_refused_now(kind: Kind) -> None:
    assert not [each.how for each in tried(kind, iter(kept(kind)))]


def test_the_guard_sees_what_it_is_for(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()

    def raised() -> None:
        raise BenchError("a\x1b[2Jb")

    assert "ValueError" in finding(lambda: int("x"), inside)
    assert "to write" in finding(lambda: outside.write_text(""), inside)
    assert "/etc/hostname" in finding(lambda: Path("/etc/hostname").read_bytes(), inside)
    assert "os.system" in finding(lambda: os.system("true"), inside)
    assert not finding(lambda: (inside / "x").write_text(""), inside)
    assert not finding(raised, inside), "messages show control characters, and do not hold them"


def test_the_same_seed_makes_the_same_inputs() -> None:
    kind = KINDS["message"]
    assert list(inputs(kind, 50, 3)) == list(inputs(kind, 50, 3))
    assert list(inputs(kind, 50, 3)) != list(inputs(kind, 50, 4))


def test_an_integer_beyond_all_floats_is_exported() -> None:
    assert _number(10**400, 1_000) == str(10**397)


def test_a_window_of_no_length_has_no_cost_per_callback(
    make_record: Callable[..., TrialRecord],
) -> None:
    seen = {"softirq_ns": {"hrtimer": 5}, "softirq_count": {"hrtimer": 1}}
    record = make_record(1, **seen, softirq_total={"hrtimer": 1})
    assert CPU_PER_CALLBACK.value(record) is not None
    assert CPU_PER_CALLBACK.value(replace(record, window_ns=0, observed_ns=0)) is None
