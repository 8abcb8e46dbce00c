from __future__ import annotations

from collections.abc import Callable

from bench.analysis.provenance import LONGEST_REASON, facts, provenance
from bench.record import HookChoice, Reserve, Status, TrialRecord
from bench.units import NS_PER_S

MakeRecord = Callable[..., TrialRecord]


def test_trials_are_counted_by_status(records: list[TrialRecord]) -> None:
    sources = provenance(records, 12)
    assert sources.counts == {Status.OK: 6, Status.INVALID: 3, Status.FAILED: 1}
    assert sources.missing == 2


def test_troubles_have_reasons(records: list[TrialRecord]) -> None:
    troubles = provenance(records, 12).troubles
    assert [trouble.trial for trouble in troubles] == [3, 4, 8, 9]
    assert troubles[0].why == "steal 30% is above 10%"
    assert troubles[1].why == "kernel refused; -EINVAL\nR1 | `fp`"
    assert troubles[1].cell.startswith("resident 100k x 100ms, load 5k")


def test_a_long_reason_says_where_the_rest_is(make_record: MakeRecord) -> None:
    record = make_record(1, status=Status.FAILED, error="x" * 9_999)
    (trouble,) = provenance([record], 1).troubles
    assert len(trouble.why) < LONGEST_REASON + 60
    assert trouble.why.endswith("trials.jsonl)")


def test_a_trial_without_a_reason_says_so(make_record: MakeRecord) -> None:
    (trouble,) = provenance([make_record(1, status=Status.FAILED)], 1).troubles
    assert trouble.why == "no reason was recorded"


def test_hooks_name_what_was_refused(make_record: MakeRecord) -> None:
    hooks = [HookChoice(used="sockops", refused={"fentry": "EPERM", "tp_btf": "EINVAL"})] * 2
    found = provenance([make_record(n, hook=hook) for n, hook in enumerate(hooks)], 2).hooks
    assert found == ("resident: sockops; fentry refused: EPERM; tp_btf refused: EINVAL (2 trials)",)


def test_the_reserve_gives_size_and_reason(make_record: MakeRecord) -> None:
    reserve = Reserve(used=True, reason="ENOMEM", objects=1_000, object_bytes=192, seconds=0.5)
    assert provenance([make_record(1, reserve=reserve)], 1).reserves == (
        "used: 1,000 objects of 192 bytes in 0.50 s; ENOMEM (1 trial)",
    )


def test_steal_and_lost_connections(records: list[TrialRecord]) -> None:
    sources = provenance(records, 12)
    assert sources.steal == "median 2%, highest 2% of CPU time"
    assert sources.load_errors == (
        "2 ECONNRESET, 1 missed (due, but not yet attempted when the window closed; 0 of them in "
        "controls, which have no timers)"
    )


def test_softirqs_that_were_not_seen_are_told(make_record: MakeRecord) -> None:
    seen = {"softirq_count": {"hrtimer": 55}}
    all_seen, few = ({**seen, "softirq_total": {"hrtimer": total}} for total in (55, 100))
    assert provenance([make_record(1, **all_seen)], 1).unseen == ()
    (told,) = provenance([make_record(1, **all_seen), make_record(2, **few)], 2).unseen
    assert "in 1 of 2 trials, at worst 55%" in told


def test_runs_of_hooks_that_the_kernel_left_out_are_told(make_record: MakeRecord) -> None:
    none, some = (make_record(n, recursion_misses=m) for n, m in ((1, {}), (2, {"on_accept": 3})))
    assert provenance([none, make_record(3, recursion_misses=None)], 2).missed == ()
    assert provenance([none, some], 2).missed == (
        "on_accept: 3 runs left out by the kernel (recursion) in 1 of 2 trials",
    )


def test_nothing_measured(make_record: MakeRecord) -> None:
    sources = provenance([], 0)
    assert (sources.steal, sources.load_errors, sources.troubles) == ("-", "-", ())


def test_facts_are_flat() -> None:
    host = {"cpu": {"model": "x", "flags": ["a", "b"]}, "swap": None, "mounts": [], "n": 2}
    assert facts(host) == [
        ("cpu.model", "x"),
        ("cpu.flags", "a, b"),
        ("swap", "-"),
        ("mounts", "-"),
        ("n", "2"),
    ]


def test_unsteady_windows_are_told_by_what_was_noted(make_record: MakeRecord) -> None:
    long = {"window_ns": 2 * NS_PER_S}
    full = [make_record(n, notes=[f"{5_000 + n:,} times too many"], **long) for n in range(2, 9)]
    odd = make_record(9, notes=["callbacks/s drifted", "3 times too many"], **long)
    told = provenance([*full, odd], 8).unsteady
    assert told == (
        "8 trials, as trial 2: 5,002 times too many",
        "trial 9: callbacks/s drifted",
    )
    assert provenance([make_record(1, **long)], 1).unsteady == ()


def test_kinds_of_notes_that_are_too_many_are_counted(make_record: MakeRecord) -> None:
    notes = [f"{'x' * n} drifted" for n in range(1, 23)]
    told = provenance([make_record(1, notes=notes, window_ns=2 * NS_PER_S)], 1).unsteady
    assert len(told) == 21 and told[-1] == "2 more kinds of notes (trials.jsonl has all)"


def test_windows_too_short_to_judge_are_not_called_steady(make_record: MakeRecord) -> None:
    records = [make_record(1), make_record(2, window_ns=2 * NS_PER_S)]
    (told,) = provenance(records, 2).unsteady
    assert told.startswith("not judged in 1 of 2 trials: a window shorter than 1.7s")
