"""The registry of claims, without a kernel."""

from __future__ import annotations

import re

import pytest

from bench.errors import BenchError, UsageError
from bench.limits.claim import CannotTryError, Claim, Outcome, judged
from bench.limits.lab import Lab
from bench.limits.registry import GROUPS, chosen, claims, examine
from bench.words.claims import Verdict


class _Lab:
    blocked: str | None = None


def lab(blocked: str | None = None) -> Lab:
    made = _Lab()
    made.blocked = blocked
    return made  # type: ignore[return-value]


def claim(attempt: object, **changes: object) -> Claim:
    fields: dict[str, object] = {
        "id": "kernel.sample",
        "sentence": "It is so",
        "source": "article",
        "method": "tried",
        "expected": "yes",
        "attempt": attempt,
    }
    return Claim(**(fields | changes))  # type: ignore[arg-type]


def raising(error: Exception) -> object:
    def attempt(lab: Lab) -> Outcome:
        raise error

    return attempt


def test_at_least_sixty_claims_with_unique_ids_in_known_groups() -> None:
    every = claims()
    ids = [item.id for item in every]
    assert len(ids) >= 60
    assert len(set(ids)) == len(ids)
    assert {item.group for item in every} == set(GROUPS)
    assert all(re.fullmatch(r"[a-z]+\.[a-z0-9_]+", name) for name in ids)


def test_every_claim_says_who_claims_it_how_it_is_tried_and_what_is_expected() -> None:
    for item in claims():
        assert item.sentence and item.source and item.method and item.expected, item.id
        known = ("article", "kernel", "documentation", "libbpf", "CVE", "measured")
        assert item.source.startswith(known), item.id


def test_what_the_article_claims_is_there() -> None:
    named = {item.id for item in claims() if "article" in item.source}
    assert named >= {
        "callback.hrtimer",
        "map.hash",
        "map.hash_noprealloc",
        "map.lru_hash",
        "map.array",
        "prog.kprobe",
        "prog.tracepoint",
        "prog.perf_event",
        "prog.raw_tracepoint",
        "value.spin_lock",
        "clock.0",
        "clock.1",
        "clock.7",
        "nmi.helpers",
        "reference.none",
        "callback.cancels_self",
        "demo.as_it_is",
        "kernel.since",
    }


def test_kinds_that_only_the_kernel_knows_become_rows() -> None:
    ids = {item.id for item in claims({"FUTURE_MAP": 99}, ["FUTURE_PROG", "XDP"])}
    assert {"map.future_map", "prog.future_prog"} <= ids


def test_groups_keep_together_in_their_order() -> None:
    seen = list(dict.fromkeys(item.group for item in claims()))
    groups = [item.group for item in claims()]
    assert seen == list(GROUPS)
    assert groups == sorted(groups, key=list(GROUPS).index)


def test_choice_by_group_and_id() -> None:
    every = claims()
    assert chosen(every, ()) == every
    assert [item.id for item in chosen(every, ("clock.3",))] == ["clock.3"]
    assert {item.group for item in chosen(every, ("flag", "call.double_init"))} == {"flag", "call"}
    with pytest.raises(UsageError, match=r"no claim or group nosuch"):
        chosen(every, ("clock", "nosuch"))


def test_an_attempt_that_fails_is_a_row_that_could_not_be_tried() -> None:
    for error, reason in (
        (CannotTryError("no veth"), "no veth"),
        (BenchError("broken"), "the attempt itself failed: broken"),
        (OSError(5, "I/O"), "the attempt itself failed: cannot try it: I/O"),
    ):
        [row] = examine([claim(raising(error))], lab())
        assert (row.verdict, row.reason) == (Verdict.UNTRIED, reason)


def test_a_bug_in_an_attempt_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        examine([claim(raising(ZeroDivisionError()))], lab())


def test_a_kernel_without_timers_gets_honest_rows() -> None:
    attempt = claim(lambda lab: judged(True, "0"))
    free = claim(lambda lab: judged(True, "0"), id="map.sample", needs_timer=False)
    rows = examine([attempt, free], lab("refuses every timer"))
    assert [row.verdict for row in rows] == [Verdict.UNTRIED, Verdict.HOLDS]
    assert rows[0].reason == "refuses every timer" and rows[0].answer == "not asked"


def test_a_claim_that_fails_always_has_a_reason() -> None:
    bare, noted = claim(lambda lab: judged(False, "0")), "Newer kernels have it."
    [row] = examine([bare], lab())
    assert (row.verdict, row.reason) == (Verdict.FAILS, "Expected: yes")
    [row] = examine([claim(lambda lab: judged(False, "0"), note=noted)], lab())
    assert row.reason == noted
