from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bench.analysis.answers.production import has_findings, production
from bench.analysis.answers.question import Asked
from bench.analysis.cell_rows import cell_rows
from bench.analysis.effects import Effects
from bench.record import HookChoice, Ledger, Reserve, TrialRecord
from bench.spec import Cell, Engine, MapType, Rearm
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


def asked(read_run: ReadRun, *records: TrialRecord) -> Asked:
    return Asked(cell_rows(read_run(records)), Effects((), (), ()))


def parts(found: Asked) -> str:
    return "\n".join(production(found)[0].parts)


def test_a_run_that_met_nothing_does_not_ask(read_run: ReadRun, make_record: MakeRecord) -> None:
    plain = make_record(1, hook=None)
    assert not has_findings(asked(read_run, plain))


def test_inits_without_memory_are_counted(read_run: ReadRun, make_record: MakeRecord) -> None:
    found = asked(read_run, make_record(1, ledger=LEDGER))
    assert "100 of 1,000 inits failed for want of memory (10%)" in parts(found)


def test_a_reserve_hides_it_and_so_is_named(read_run: ReadRun, make_record: MakeRecord) -> None:
    why = "19 of 20 bpf_timer_init failed with ENOMEM without it"
    reserve = Reserve(used=True, reason=why)
    ledger = replace(LEDGER, init_failed={})
    text = parts(asked(read_run, make_record(1, ledger=ledger, reserve=reserve)))
    assert f"{why}: a reserve of memory" in text and "with it 0 of 900 inits failed" in text


def test_maps_that_evict_lose_what_was_not_due(
    read_run: ReadRun, make_record: MakeRecord, make_cell: Callable[..., Cell]
) -> None:
    lru = make_cell(map_type=MapType.LRU_HASH)
    entries = replace(lru, engine=Engine.LRU, program="tcp")
    ledger = replace(LEDGER, init_failed={})
    text = parts(
        asked(
            read_run,
            make_record(1, cell=lru, ledger=ledger),
            make_record(2, cell=entries, measures={"young_due": 1000, "lost_early": 24}),
        )
    )
    assert "an LRU map evicted 200 of 900 armed timers" in text
    assert "eviction lost 24 of 1,000 entries before their timeout, 2.4%" in text


def test_relative_timers_that_fall_in_step_are_beside_absolute_ones(
    read_run: ReadRun, make_record: MakeRecord, make_cell: Callable[..., Cell]
) -> None:
    def batched(number: int, rearm: Rearm, softirqs: int) -> TrialRecord:
        cell = make_cell(rearm=rearm)
        return make_record(number, cell=cell, softirq_total={"hrtimer": softirqs})

    found = asked(read_run, batched(1, Rearm.ABSOLUTE, 980_000), batched(2, Rearm.RELATIVE, 49_000))
    assert "callbacks to a softirq are 20.00, with absolute 1.00" in parts(found)


def test_hooks_that_the_kernel_refuses_are_named(
    read_run: ReadRun, make_record: MakeRecord
) -> None:
    hook = HookChoice(used="tp_btf", refused={"fentry": "not permitted (1); libbpf: much more"})
    text = parts(asked(read_run, make_record(1, hook=hook)))
    assert text == "this kernel refuses the hook fentry: not permitted (1) (bench limits tries all)"
