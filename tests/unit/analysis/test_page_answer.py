from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from bench.analysis.answers.alternatives import MOST_WORKS
from bench.analysis.answers.question import Sentence
from bench.analysis.answers.registry import QUESTIONS
from bench.analysis.answers.registry import answer as answer_with
from bench.analysis.cell_rows import CellRow, cell_rows
from bench.analysis.effects import Effects, effects
from bench.analysis.named_knees import ceiling, takeovers
from bench.control import control_of
from bench.histogram import Histogram
from bench.record import Callbacks, LoadResult, Status, TrialRecord, Venue
from bench.spec import Cell, Control, Ends, Engine
from bench.store.run import Run

MakeRecord = Callable[..., TrialRecord]
COST = "Cost to connections"


def answer(rows: Sequence[CellRow]) -> dict[str, Sentence]:
    """Of a run without controls, by subject."""
    return by_subject(answer_with(rows, Effects((), (), ())))


def by_subject(lines: Sequence[Sentence]) -> dict[str, Sentence]:
    return {line.subject: line for line in lines}


ReadRun = Callable[..., tuple[Run, ...]]


def at_rate(
    make_record: MakeRecord, cell: Cell, trial: int, offered: float, served: float, thread: int
) -> TrialRecord:
    """A record that offers so many callbacks/s; ``thread`` of 100 run in ksoftirqd."""
    record = make_record(trial, cell=cell)
    callbacks = Callbacks(
        fired=1_000,
        offered_hz=offered,
        fired_hz=offered * served,
        served=served,
        missed_periods=round(1_000 / served) - 1_000,
    )
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
    assert "the ceiling lies above" in answer(rows)["Ceiling"].text
    assert "ksoftirqd runs half of the callbacks in no cell" in answer(rows)["ksoftirqd"].text


def test_a_knee_may_lie_below_all_rates(
    read_run: ReadRun, make_record: MakeRecord, make_cell: Callable[..., Cell]
) -> None:
    rows = cell_rows(read_run(rising(make_record, make_cell)[3:]))
    found = ceiling(rows)
    assert found is not None and found.knee.below_hz is None
    assert "even at the 10M/s of resident, load 0" in answer(rows)["Ceiling"].text
    assert "already at 10M/s offered, the lowest rate" in answer(rows)["ksoftirqd"].text


def test_a_family_that_falls_behind_says_nothing_of_another(
    read_run: ReadRun, make_record: MakeRecord, make_cell: Callable[..., Cell]
) -> None:
    """A sampler that leaves out some of its 200 samples/s is no ceiling of a million timers."""
    slow = at_rate(make_record, make_cell(program="sampler"), 9, 200, 0.975, 0)
    text = answer(cell_rows(read_run([*rising(make_record, make_cell), slow])))["Ceiling"].text
    assert "not saturated up to 1M/s offered (resident, load 0), and was at 10M/s" in text


def test_an_interval_is_told_where_blocks_carry_one(
    read_run: ReadRun, make_record: MakeRecord, make_cell: Callable[..., Cell]
) -> None:
    records = [
        replace(record, trial=10 * block + record.trial, block=block)
        for block in range(1, 6)
        for record in rising(make_record, make_cell)
    ]
    found = answer(cell_rows(read_run(records)))
    text = found["ksoftirqd"].text.replace(" offered on", "")
    assert "94 % interval), interpolated between" in text
    assert "interpolated" not in found["Ceiling"].text, "a ceiling is a corner"


def test_a_line_for_each_question_that_the_sweep_asks(
    read_run: ReadRun, make_record: MakeRecord, make_cell: Callable[..., Cell]
) -> None:
    found = answer(cell_rows(read_run(rising(make_record, make_cell))))
    assert list(found) == ["Lateness", "Ceiling", "ksoftirqd"], "no load, no other engine"
    assert "5µs (one trial)" in found["Lateness"].text
    assert "up to 1M/s offered (resident, load 0), and was at 10M/s" in found["Ceiling"].text
    text = found["ksoftirqd"].text
    assert "from 631k/s (one block) offered on, interpolated between 100k/s and 1M/s" in text


def load_of(achieved_hz: float) -> LoadResult:
    """Of 5,000 connections/s that were asked for."""
    return LoadResult(
        offered_hz=5_000.0,
        achieved_hz=achieved_hz,
        connections=4_000,
        connections_total=9_000,
        errors={},
        connect=Histogram.of([30_000] * 50).summary(),
    )


def test_what_timers_cost_connections_is_a_ratio_and_a_delay(
    read_run: ReadRun, make_record: MakeRecord, make_cell: Callable[..., Cell]
) -> None:
    cell = make_cell(load_hz=5_000)
    control = control_of(cell, Control.LOAD)
    load = load_of(4_000.0)
    alone = replace(load, achieved_hz=5_000.0, connect=Histogram.of([20_000] * 50).summary())
    sources = read_run(
        [make_record(1, cell=cell, load=load), make_record(2, cell=control, load=alone)]
    )
    text = by_subject(answer_with(cell_rows(sources), effects(sources)))[COST].text
    assert "(resident 1k x 100ms, load 5k) 20% fewer connections per second were made" in text
    assert "than with no program (a factor of 0.8, one block)" in text
    assert "the median connection took at most +10µs (one block) longer" in text


def test_what_timers_cost_a_connection_is_told_of_the_server_s_end(
    read_run: ReadRun, make_record: MakeRecord, make_cell: Callable[..., Cell]
) -> None:
    server = make_cell(program="tcp", load_hz=5_000, ends=Ends.SERVER)
    both = replace(server, ends=Ends.BOTH)
    control = control_of(server, Control.LOAD)
    assert control is not None and control == control_of(both, Control.LOAD)

    def cost(*cells: Cell) -> str:
        loads = {cell: 4_500.0 - 1_000 * (cell.ends is Ends.BOTH) for cell in cells}
        loads[control] = 5_000.0
        sources = read_run(
            [
                make_record(number, cell=cell, load=load_of(hz))
                for number, (cell, hz) in enumerate(loads.items(), start=1)
            ],
            host=f"{len(cells)} {cells[0].ends}",
        )
        return by_subject(answer_with(cell_rows(sources), effects(sources)))[COST].text

    assert "of 1 cell (tcp 1k x 100ms, load 5k)" in cost(server, both)
    assert "stress" not in cost(server, both)
    assert "ends both) 30% fewer connections per second" in cost(both)
    assert "hold a timer there: a stress case" in cost(both)


def test_an_overloaded_cell_is_not_the_worst_lateness(
    read_run: ReadRun, make_record: MakeRecord, make_cell: Callable[..., Cell]
) -> None:
    good, bad = make_cell(map_size=10), make_cell(map_size=99)
    late = replace(make_record(2, cell=bad, p50_ns=90_000_000))
    late = replace(
        late, callbacks=Callbacks(fired=1, offered_hz=9, fired_hz=3, served=1 / 3, missed_periods=2)
    )
    text = answer(cell_rows(read_run([make_record(1, cell=good), late])))["Lateness"].text
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
    for scan, words in (
        (9_000, "is earlier than user_gc's"),
        (2_000, "is later than user_gc's"),
        (5_001, "is indistinguishable from user_gc's"),
    ):
        read = read_run(engines(make_record, make_cell, scan=scan), host=f"h{scan}")
        line = answer(cell_rows(read))["Alternatives"]
        assert line.text.endswith("on 1 kind of work:")
        (part,) = line.parts
        assert words in part


def test_a_question_that_was_asked_is_answered_also_by_what_is_not_known(
    read_run: ReadRun, make_record: MakeRecord, make_cell: Callable[..., Cell]
) -> None:
    cells = [make_cell(load_hz=5_000), make_cell(load_hz=5_000, engine=Engine.TIMERFD)]
    failed = [make_record(n, cell=cell, status=Status.FAILED) for n, cell in enumerate(cells)]
    found = answer(cell_rows(read_run(failed)))
    assert {COST, "Lateness", "Ceiling", "ksoftirqd", "Alternatives"} == set(found)
    assert all("not known" in line.text or "No alt" in line.text for line in found.values())
    assert answer(()) == {}, "nothing was asked"


def test_a_cell_too_small_for_a_p99_is_not_passed_over(
    read_run: ReadRun, make_record: MakeRecord, make_cell: Callable[..., Cell]
) -> None:
    large, small = make_record(1), make_record(2, cell=make_cell(map_size=9), p50_ns=90_000)
    assert small.lateness is not None
    small = replace(small, lateness=replace(small.lateness, p99_ns=None))
    text = answer(cell_rows(read_run([large, small])))["Lateness"].text
    assert "(resident 9 x 100ms, load 0) has a max lateness of 9ms" in text
    assert "too few callbacks for a p99" in text


def test_every_kind_of_work_that_is_counted_is_listed(
    read_run: ReadRun, make_record: MakeRecord, make_cell: Callable[..., Cell]
) -> None:
    cells = [
        make_cell(map_size=size, engine=engine)
        for size in range(1, 12)
        for engine in (Engine.BPF_TIMER, Engine.TIMERFD)
    ]
    records = [make_record(n, cell=cell) for n, cell in enumerate(cells)]
    line = answer(cell_rows(read_run(records)))["Alternatives"]
    assert "on 11 kinds of work" in line.text
    assert len(line.parts) == MOST_WORKS + 1 and "3 more kinds" in line.parts[-1]


def test_as_many_connections_are_not_written_as_a_factor_of_1(
    read_run: ReadRun, make_record: MakeRecord, make_cell: Callable[..., Cell]
) -> None:
    cell = make_cell(load_hz=5_000)
    control = control_of(cell, Control.LOAD)
    sources = read_run(
        [
            make_record(1, cell=cell, load=load_of(5_000.2)),
            make_record(2, cell=control, load=load_of(5_000.0)),
        ]
    )
    text = by_subject(answer_with(cell_rows(sources), effects(sources)))[COST].text
    assert "as many connections per second were made as with no program" in text


def test_every_subject_is_declared_once() -> None:
    subjects = [question.subject for question in QUESTIONS]
    assert len(set(subjects)) == len(subjects)


def test_invalid_trials_are_no_answer(read_run: ReadRun, records: list[TrialRecord]) -> None:
    lines = answer(cell_rows(read_run(records))).values()
    texts = " ".join(text for line in lines for text in (line.text, *line.parts))
    assert "100k" not in texts, "that cell has invalid and failed trials only"
