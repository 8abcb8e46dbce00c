from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from bench.analysis.cell_rows import CellRow, cell_rows
from bench.analysis.effects import Effects, effects
from bench.analysis.headline import Sentence
from bench.analysis.headline import answer as answer_with
from bench.analysis.named_knees import ceiling, takeovers
from bench.control import control_of
from bench.histogram import Histogram
from bench.record import Callbacks, LoadResult, TrialRecord, Venue
from bench.spec import Cell, Control, Engine
from bench.store.run import Run

MakeRecord = Callable[..., TrialRecord]


def answer(rows: Sequence[CellRow]) -> tuple[Sentence, ...]:
    """Of a run without controls."""
    return answer_with(rows, Effects((), (), ()))


ReadRun = Callable[..., tuple[Run, ...]]


def at_rate(
    make_record: MakeRecord, cell: Cell, trial: int, offered: float, served: float, thread: int
) -> TrialRecord:
    """A record that offers so many callbacks/s; ``thread`` of 100 run in ksoftirqd."""
    record = make_record(trial, cell=cell)
    callbacks = Callbacks(fired=1_000, offered_hz=offered, fired_hz=offered * served, served=served)
    venue = Venue(idle=100 - thread, task=0, ksoftirqd=thread)
    return replace(record, callbacks=callbacks, venue=venue)


def rising(make_record: MakeRecord, make_cell: Callable[..., Cell]) -> list[TrialRecord]:
    """Served in full up to 1 M/s; ksoftirqd has taken over from 1 M/s on."""
    steps = ((1e4, 1.0, 1), (1e5, 0.999, 10), (1e6, 0.995, 60), (1e7, 0.4, 99))
    cells = [make_cell(map_size=10**n) for n in range(1, 5)]
    return [
        at_rate(make_record, cell, number, *step)
        for number, (cell, step) in enumerate(zip(cells, steps, strict=True))
    ]


def test_knees_lie_between_the_rates_that_were_measured(
    read_run: ReadRun, make_record: MakeRecord, make_cell: Callable[..., Cell]
) -> None:
    rows = cell_rows(read_run(rising(make_record, make_cell)))
    served, (thread,) = ceiling(rows), takeovers(rows)
    assert served is not None
    assert served.name == thread.name == "resident, load 0"
    assert (served.knee.below_hz, served.knee.at_hz) == (1e6, 1e7)
    assert (thread.knee.below_hz, thread.knee.at_hz) == (1e5, 1e6)


def test_no_knee_where_everything_is_served(
    read_run: ReadRun, make_record: MakeRecord, make_cell: Callable[..., Cell]
) -> None:
    rows = cell_rows(read_run(rising(make_record, make_cell)[:2]))
    assert takeovers(rows) == ()
    assert "the ceiling lies above" in answer(rows)[1].text
    assert "ksoftirqd takes over in no cell" in answer(rows)[2].text


def test_a_knee_may_lie_below_all_rates(
    read_run: ReadRun, make_record: MakeRecord, make_cell: Callable[..., Cell]
) -> None:
    rows = cell_rows(read_run(rising(make_record, make_cell)[3:]))
    found = ceiling(rows)
    assert found is not None and found.knee.below_hz is None
    assert "not even at the 10M/s of resident, load 0" in answer(rows)[1].text
    assert "already at 10M/s offered, the lowest rate" in answer(rows)[2].text


def test_a_family_that_falls_behind_says_nothing_of_another(
    read_run: ReadRun, make_record: MakeRecord, make_cell: Callable[..., Cell]
) -> None:
    """A sampler that leaves out some of its 200 samples/s is no ceiling of a million timers."""
    slow = at_rate(make_record, make_cell(program="sampler"), 9, 200, 0.975, 0)
    text = answer(cell_rows(read_run([*rising(make_record, make_cell), slow])))[1].text
    assert "ran up to 1M/s offered (resident, load 0), and no longer at 10M/s" in text


def test_an_interval_is_told_where_blocks_carry_one(
    read_run: ReadRun, make_record: MakeRecord, make_cell: Callable[..., Cell]
) -> None:
    records = [
        replace(record, trial=10 * block + record.trial, block=block)
        for block in range(1, 6)
        for record in rising(make_record, make_cell)
    ]
    texts = [sentence.text for sentence in answer(cell_rows(read_run(records)))]
    assert "95 % interval), interpolated between" in texts[2].replace(" offered on", "")
    assert "interpolated" not in texts[1], "a ceiling is a corner"


def test_five_sentences_from_the_data(
    read_run: ReadRun, make_record: MakeRecord, make_cell: Callable[..., Cell]
) -> None:
    sentences = answer(cell_rows(read_run(rising(make_record, make_cell))))
    texts = [sentence.text for sentence in sentences]
    assert len(texts) == 5
    assert "5µs (one trial)" in texts[0]
    assert "up to 1M/s offered (resident, load 0), and no longer at 10M/s" in texts[1]
    assert "from 631k/s (one block) offered on, interpolated between 100k/s and 1M/s" in texts[2]
    assert "so what timers cost them is not known" in texts[3]
    assert "No alternative" in texts[4]


def test_what_timers_cost_connections_is_a_ratio_and_a_delay(
    read_run: ReadRun, make_record: MakeRecord, make_cell: Callable[..., Cell]
) -> None:
    cell = make_cell(load_hz=5_000)
    control = control_of(cell, Control.LOAD)
    load = LoadResult(
        offered_hz=5_000.0,
        achieved_hz=4_000.0,
        connections=4_000,
        connections_total=9_000,
        errors={},
        connect=Histogram.of([30_000] * 50).summary(),
    )
    alone = replace(load, achieved_hz=5_000.0, connect=Histogram.of([20_000] * 50).summary())
    sources = read_run(
        [make_record(1, cell=cell, load=load), make_record(2, cell=control, load=alone)]
    )
    text = answer_with(cell_rows(sources), effects(sources))[3].text
    assert "(resident 1k x 100ms, load 5k) connections per second were 0.8" in text
    assert "were 0.8\N{MULTIPLICATION SIGN} (one block) those of no program" in text
    assert "the median connection took at most +10µs (one block) longer" in text


def test_an_overloaded_cell_is_not_the_worst_lateness(
    read_run: ReadRun, make_record: MakeRecord, make_cell: Callable[..., Cell]
) -> None:
    good, bad = make_cell(map_size=10), make_cell(map_size=99)
    late = replace(make_record(2, cell=bad, p50_ns=90_000_000))
    late = replace(late, callbacks=Callbacks(fired=1, offered_hz=9, fired_hz=3, served=1 / 3))
    text = answer(cell_rows(read_run([make_record(1, cell=good), late])))[0].text
    assert "resident 99" not in text


def engines(
    make_record: MakeRecord, make_cell: Callable[..., Cell], *, scan: int
) -> list[TrialRecord]:
    """Five blocks, each twice as late as the one before: only within them can be compared."""
    found = []
    for engine, p50 in ((Engine.BPF_TIMER, 5_000), (Engine.USER_GC, scan)):
        cell = make_cell(engine=engine, options=(("gc_period_ns", 7),) * (engine != "bpf_timer"))
        for block in range(1, 6):
            wobble = 100 * (-1) ** block if engine is Engine.USER_GC else 0
            late = (p50 + wobble) * 2**block
            found.append(make_record(len(found) + 1, block=block, cell=cell, p50_ns=late))
    return found


def test_alternatives_are_compared_on_the_same_work(
    read_run: ReadRun, make_record: MakeRecord, make_cell: Callable[..., Cell]
) -> None:
    worse = answer(cell_rows(read_run(engines(make_record, make_cell, scan=9_000), host="a")))[4]
    better = answer(cell_rows(read_run(engines(make_record, make_cell, scan=2_000), host="b")))[4]
    same = answer(cell_rows(read_run(engines(make_record, make_cell, scan=5_001), host="c")))[4]
    assert "is earlier than user_gc's" in worse.text
    assert "is later than user_gc's" in better.text
    assert "is indistinguishable from user_gc's" in same.text


def test_nothing_measured_is_said_five_times() -> None:
    texts = [sentence.text for sentence in answer(())]
    assert len(texts) == 5
    assert all("not known" in text or "No alternative" in text for text in texts)


def test_invalid_trials_are_no_answer(read_run: ReadRun, records: list[TrialRecord]) -> None:
    texts = " ".join(sentence.text for sentence in answer(cell_rows(read_run(records))))
    assert "100k" not in texts, "that cell has invalid and failed trials only"
