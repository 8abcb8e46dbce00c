from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bench.analysis.answers.production import has_findings, production
from bench.analysis.answers.question import Asked
from bench.analysis.cell_rows import cell_rows
from bench.analysis.effects import Effects
from bench.analysis.production.hazard import Hazard
from bench.analysis.production.registry import hazards
from bench.record import HookChoice, Ledger, Reserve, Status, TrialRecord
from bench.spec import Cell, Engine, MapType, Rearm
from bench.store.limits_files import Limits, limits_beside
from bench.store.run import Run

ReadRun = Callable[..., tuple[Run, ...]]
MakeRecord = Callable[..., TrialRecord]
LEDGER = Ledger(
    inited=900,
    init_failed={"ENOMEM": 100},
    insert_failed={},
    started=900,
    restarted=0,
    start_failed={},
    fired=700,
    cancelled=0,
    freed=200,
    pending=0,
    balanced=True,
)
NONE = Limits()


def found_in(runs: tuple[Run, ...], limits: Limits = NONE) -> tuple[Hazard, ...]:
    return hazards(runs, cell_rows(runs), limits)


def met(found: tuple[Hazard, ...]) -> str:
    return "\n".join(each.text for each in found if each.met)


def not_met(found: tuple[Hazard, ...]) -> str:
    return "\n".join(each.text for each in found if not each.met)


def test_a_run_that_met_nothing_does_not_ask_and_says_what_it_looked_for(
    read_run: ReadRun, make_record: MakeRecord
) -> None:
    runs = read_run([make_record(1, hook=None, ledger=replace(LEDGER, init_failed={}))])
    found = found_in(runs)
    assert not has_findings(Asked(cell_rows(runs), Effects((), (), ()), found))
    assert "in none of 900 inits, without a reserve" in not_met(found)
    assert "no cell has an LRU map" in not_met(found)
    assert "no cells differ in their re-arm only" in not_met(found)
    assert "there are no answers of bench limits" in not_met(found)


def test_runs_without_timers_have_no_hazards(
    read_run: ReadRun, make_record: MakeRecord, make_cell: Callable[..., Cell]
) -> None:
    cell = replace(make_cell(), engine=Engine.TIMERFD)
    assert found_in(read_run([make_record(1, cell=cell)])) == ()


def test_inits_without_memory_are_counted(read_run: ReadRun, make_record: MakeRecord) -> None:
    text = met(found_in(read_run([make_record(1, ledger=LEDGER)])))
    assert "for want of memory (ENOMEM) on this kernel: 100 of 1,000 inits (10%). The" in text
    assert "check the result, and try again later or let a scan collect it" in text


def test_trials_that_do_not_count_because_of_it_do_count_here(
    read_run: ReadRun, make_record: MakeRecord
) -> None:
    whole = replace(LEDGER, init_failed={})
    short = make_record(2, ledger=LEDGER, status=Status.INVALID, reasons=["100 timers refused"])
    text = met(found_in(read_run([make_record(1, ledger=whole), short])))
    assert "100 of 1,900 inits" in text


def test_a_map_that_was_full_is_named_with_its_size(
    read_run: ReadRun, make_record: MakeRecord
) -> None:
    whole = replace(LEDGER, init_failed={})
    short = replace(whole, insert_failed={"E2BIG": 12})
    spoilt = make_record(2, ledger=short, status=Status.INVALID, reasons=["12 not inserted"])
    text = met(found_in(read_run([make_record(1, ledger=whole), spoilt])))
    size = f"{spoilt.cell.map_size:,}"
    assert f"a map of {size} entries was full: 12 inserts failed (E2BIG)" in text
    assert "was full" not in met(found_in(read_run([make_record(1, ledger=whole)])))


def test_a_reserve_hides_it_and_so_is_named(read_run: ReadRun, make_record: MakeRecord) -> None:
    why = "19 of 20 bpf_timer_init failed with ENOMEM without it"
    ledger = replace(LEDGER, init_failed={})
    record = make_record(1, ledger=ledger, reserve=Reserve(used=True, reason=why))
    text = met(found_in(read_run([record])))
    assert (
        "19 of 20 failed before this run reserved memory for them, and 0 of 900 inits since" in text
    )
    assert "check the result" in text


def test_maps_that_evict_lose_what_was_not_due(
    read_run: ReadRun, make_record: MakeRecord, make_cell: Callable[..., Cell]
) -> None:
    lru = make_cell(map_type=MapType.LRU_HASH)
    entries = replace(lru, engine=Engine.LRU, program="tcp")
    ledger = replace(LEDGER, init_failed={})
    found = found_in(
        read_run(
            [
                make_record(1, cell=lru, ledger=ledger),
                make_record(2, cell=entries, measures={"young_due": 1000, "lost_early": 24}),
            ]
        )
    )
    assert "an LRU map evicted 200 of 900 armed timers" in met(found)
    assert "eviction lost 24 of 1,000 entries before their timeout, 2.4%" in met(found)
    assert "no cell has an LRU map" not in not_met(found)


def batched(make_record: MakeRecord, number: int, cell: Cell, softirqs: int) -> TrialRecord:
    return make_record(number, cell=cell, softirq_total={"hrtimer": softirqs})


def test_relative_timers_that_fall_in_step_are_beside_absolute_ones(
    read_run: ReadRun, make_record: MakeRecord, make_cell: Callable[..., Cell]
) -> None:
    grid, loose = make_cell(rearm=Rearm.ABSOLUTE), make_cell(rearm=Rearm.RELATIVE)
    first = batched(make_record, 1, grid, 980_000)
    found = found_in(read_run([first, batched(make_record, 2, loose, 49_000)]))
    assert "callbacks to a softirq are 20.00, with absolute 1.00" in met(found)


def test_relative_timers_that_stay_apart_are_said_to(
    read_run: ReadRun, make_record: MakeRecord, make_cell: Callable[..., Cell]
) -> None:
    grid, loose = make_cell(rearm=Rearm.ABSOLUTE), make_cell(rearm=Rearm.RELATIVE)
    first = batched(make_record, 1, grid, 980_000)
    apart = found_in(read_run([first, batched(make_record, 2, loose, 900_000)]))
    assert "no batch is more than 2 times that of absolute ones (1 pair of cells)" in not_met(apart)


def test_hooks_that_the_kernel_refuses_are_named(
    read_run: ReadRun, make_record: MakeRecord
) -> None:
    why = "the kernel refused to load tcp: not permitted (1); libbpf: much: more"
    hook = HookChoice(used="tp_btf", refused={"fentry": why})
    runs = read_run([make_record(1, hook=hook)])
    asked = Asked(cell_rows(runs), Effects((), (), ()), found_in(runs))
    said = (
        "this kernel does not load timers at the hook fentry (not permitted): attach at tp_btf, as "
        "this run did (bench limits tries all)"
    )
    assert production(asked)[0].parts == (said,)


RELEASE = "6.18.44-here"


def released(runs: tuple[Run, ...]) -> tuple[Run, ...]:
    """The same of a known kernel."""
    host = runs[0].header.host | {"kernel_release": RELEASE}
    return (replace(runs[0], header=replace(runs[0].header, host=host)), *runs[1:])


def write_answers(file: Path, release: str) -> None:
    file.parent.mkdir(parents=True)
    row = {"source": "the article", "errno": "", "reason": ""}
    rows = [
        row | {"id": "a", "claim": "One is so", "verdict": "holds", "answer": "0"},
        row | {"id": "b", "claim": "A lock may be beside", "verdict": "does not hold here"}
        | {"answer": "EINVAL"},
        row | {"id": "c", "claim": "A program of type LIRC_MODE2 may use a timer"}
        | {"verdict": "cannot be tried here", "answer": "EPERM", "errno": "EPERM"},
        row | {"id": "d", "claim": "In an NMI", "verdict": "cannot be tried here"}
        | {"answer": "not asked"},
    ]  # fmt: skip
    file.write_text(json.dumps({"format": 1, "kernel": release, "rows": rows}))


def test_restrictions_are_those_of_the_file_beside_the_run_which_is_named(
    read_run: ReadRun, make_record: MakeRecord
) -> None:
    runs = released(read_run([make_record(1)]))
    write_answers(runs[0].path.parent / "limits" / "here.json", RELEASE)
    limits = limits_beside([runs[0].path])
    found = [each for each in found_in(runs, limits) if "here.json" in each.source]
    assert {each.source for each in found} == {f"limits/here.json ({RELEASE})"}
    assert met(tuple(found)).splitlines() == [
        "it refuses these, so that they could not be tried: "
        "A program of type LIRC_MODE2 may use a timer: EPERM",
        "not so here: A lock may be beside. It answers: EINVAL",
        "of 4 claims about bpf_timer 1 holds, 1 does not hold, 2 cannot be tried",
    ]
    asked = Asked(cell_rows(runs), Effects((), (), ()), tuple(found))
    assert production(asked)[0].parts == (
        "this kernel refuses timers in programs of type LIRC_MODE2; 1 documented claim is not true "
        "of it",
    )


def test_another_build_of_the_same_version_is_said_to_be_one(
    read_run: ReadRun, make_record: MakeRecord
) -> None:
    runs = released(read_run([make_record(1)]))
    write_answers(runs[0].path.parent / "limits" / "here.json", f"{RELEASE}-rebuilt")
    found = found_in(runs, limits_beside([runs[0].path]))
    said = f"limits/here.json ({RELEASE}-rebuilt, another build than the {RELEASE} of the run)"
    assert said in {each.source for each in found}


def test_answers_that_cannot_be_read_keep_no_report_from_being_made(
    read_run: ReadRun, make_record: MakeRecord
) -> None:
    runs = read_run([make_record(1)])
    (runs[0].path.parent / "limits").mkdir()
    (runs[0].path.parent / "limits" / "bad.json").write_text("{")
    found = found_in(runs, limits_beside([runs[0].path]))
    assert "bad.json has no answers that can be read" in not_met(found)
