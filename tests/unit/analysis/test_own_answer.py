from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bench.analysis.answers.own import said
from bench.analysis.cell_rows import cell_rows
from bench.analysis.own_answers import OWN_ANSWERS
from bench.record import TrialRecord
from bench.spec import Cell, Engine
from bench.store.run import Run

(LOOPS,) = (each for each in OWN_ANSWERS if each.subject == "Loops of engines")
SCANS_NS = {Engine.USER_GC: (1_000_000, 4_000_000), Engine.BPF_SWEEP: (90_000, 300_000)}


def test_engines_are_told_apart_each_with_its_typical_and_its_highest_cell(
    read_run: Callable[..., tuple[Run, ...]],
    make_record: Callable[..., TrialRecord],
    make_cell: Callable[..., Cell],
) -> None:
    records = [
        make_record(
            10 * number + each,
            cell=make_cell(program="tcp", engine=engine, load_hz=1_000 * (each + 1)),
            measures={"gc_scan_ns": scan_ns},
        )
        for number, (engine, scans_ns) in enumerate(SCANS_NS.items())
        for each, scan_ns in enumerate(scans_ns)
    ]
    (run,) = read_run([])
    rows = cell_rows([replace(run, records=records)])
    assert len(LOOPS.rows(rows)) == len(records), "without a loop in user space, too"
    (part,) = said(LOOPS, rows).parts
    collected, swept = part.split("; ")
    assert collected.startswith("gc scan: user_gc 1ms (") and "4ms (" in collected
    assert swept.startswith("bpf_sweep 90µs (") and "300µs (" in swept
    assert "in the typical cell" in swept and "in the highest" in swept


def test_of_one_engine_its_name_is_left_to_the_cell(
    read_run: Callable[..., tuple[Run, ...]],
    make_record: Callable[..., TrialRecord],
    make_cell: Callable[..., Cell],
) -> None:
    cell = make_cell(program="tcp", engine=Engine.BPF_SWEEP)
    (run,) = read_run([])
    records = [make_record(1, cell=cell, measures={"gc_scan_ns": 90_000})]
    (part,) = said(LOOPS, cell_rows([replace(run, records=records)])).parts
    assert part.startswith("gc scan: 90µs (one trial")
