from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from bench.record import Callbacks, TrialRecord, Venue
from bench.report.page.effects import Effects
from bench.report.page.headline import Sentence
from bench.report.page.headline import answer as answer_with
from bench.report.page.knee import ksoftirqd_knee, throughput_knee
from bench.report.page.source import Source
from bench.report.page.tidy import Row, tidy
from bench.spec import Cell, Engine

MakeRecord = Callable[..., TrialRecord]


def answer(rows: Sequence[Row]) -> tuple[Sentence, ...]:
    """Of a run without controls."""
    return answer_with(rows, Effects((), (), ()))


ReadRun = Callable[..., tuple[Source, ...]]


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
    rows = tidy(read_run(rising(make_record, make_cell)))
    served, thread = throughput_knee(rows), ksoftirqd_knee(rows)
    assert served is not None
    assert thread is not None
    assert (served.below_hz, served.at_hz) == (1e6, 1e7)
    assert (thread.below_hz, thread.at_hz) == (1e5, 1e6)


def test_no_knee_where_everything_is_served(
    read_run: ReadRun, make_record: MakeRecord, make_cell: Callable[..., Cell]
) -> None:
    rows = tidy(read_run(rising(make_record, make_cell)[:2]))
    assert throughput_knee(rows) is None
    assert "the ceiling lies above" in answer(rows)[1].text
    assert "ksoftirqd takes over in no cell" in answer(rows)[2].text


def test_a_knee_may_lie_below_all_rates(
    read_run: ReadRun, make_record: MakeRecord, make_cell: Callable[..., Cell]
) -> None:
    rows = tidy(read_run(rising(make_record, make_cell)[3:]))
    knee = throughput_knee(rows)
    assert knee is not None
    assert knee.below_hz is None
    assert "already at 10M/s" in answer(rows)[1].text


def test_five_sentences_from_the_data(
    read_run: ReadRun, make_record: MakeRecord, make_cell: Callable[..., Cell]
) -> None:
    sentences = answer(tidy(read_run(rising(make_record, make_cell))))
    texts = [sentence.text for sentence in sentences]
    assert len(texts) == 5
    assert "5µs (one trial)" in texts[0]
    assert "up to 1M/s, and no longer at 10M/s" in texts[1]
    assert "from at 1M/s" not in texts[2]
    assert "60% (one trial), from 1M/s offered" in texts[2]
    assert "so what timers cost them is open" in texts[3]
    assert "No alternative" in texts[4]


def test_an_overloaded_cell_is_not_the_worst_lateness(
    read_run: ReadRun, make_record: MakeRecord, make_cell: Callable[..., Cell]
) -> None:
    good, bad = make_cell(map_size=10), make_cell(map_size=99)
    late = replace(make_record(2, cell=bad, p50_ns=90_000_000))
    late = replace(late, callbacks=Callbacks(fired=1, offered_hz=9, fired_hz=3, served=1 / 3))
    text = answer(tidy(read_run([make_record(1, cell=good), late])))[0].text
    assert "resident 99" not in text


def engines(
    make_record: MakeRecord, make_cell: Callable[..., Cell], *, scan: int
) -> list[TrialRecord]:
    found = []
    for engine, p50 in ((Engine.BPF_TIMER, 5_000), (Engine.USER_GC, scan)):
        cell = make_cell(engine=engine, options=(("gc_period_ns", 7),) * (engine != "bpf_timer"))
        found += [make_record(len(found) + n, cell=cell, p50_ns=p50 + n) for n in range(1, 4)]
    return found


def test_alternatives_are_compared_on_the_same_work(
    read_run: ReadRun, make_record: MakeRecord, make_cell: Callable[..., Cell]
) -> None:
    worse = answer(tidy(read_run(engines(make_record, make_cell, scan=9_000), host="a")))[4]
    better = answer(tidy(read_run(engines(make_record, make_cell, scan=2_000), host="b")))[4]
    same = answer(tidy(read_run(engines(make_record, make_cell, scan=5_001), host="c")))[4]
    assert "is earlier than user_gc's" in worse.text
    assert "is later than user_gc's" in better.text
    assert "is not told apart from user_gc's" in same.text


def test_nothing_measured_is_said_five_times() -> None:
    texts = [sentence.text for sentence in answer(())]
    assert len(texts) == 5
    assert all("open" in text or "No alternative" in text for text in texts)


def test_invalid_trials_are_no_answer(read_run: ReadRun, records: list[TrialRecord]) -> None:
    texts = " ".join(sentence.text for sentence in answer(tidy(read_run(records))))
    assert "100k" not in texts, "that cell has invalid and failed trials only"
