"""Runs to make pages from: a published one, and a large one made of its records."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice, product
from pathlib import Path

from bench.analysis.summary import plain
from bench.control import WITHOUT_TIMERS, controls_of
from bench.record import Outlier, Status, TrialRecord
from bench.spec import Cell, Controls, Engine
from bench.store import RunFolder
from bench.store.run_format import dump_record

REPOSITORY = Path(__file__).resolve().parent.parent.parent
REAL_RUN = REPOSITORY / "results" / "20261125T204523Z-vm-quick"

SIZES = tuple(100 * 2**n for n in range(10))
TIMEOUTS_NS = tuple(10**6 * 2**n for n in range(10))
LOADS_HZ = (0, 1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 7_000, 8_000, 9_000)
BLOCKS = (1, 2, 3)


def write_large_run(results: Path, cells: int = 1_000) -> Path:
    """A run of so many cells, three trials each: real records, with other cells than their own."""
    real = RunFolder.open(REAL_RUN)
    originals = [record for record in plain(real.records()) if record.cell.program == "resident"]
    loads = (*LOADS_HZ, *range(10_000, 10_000 + 10 * cells, 1_000))
    points = list(islice(product(loads, SIZES, TIMEOUTS_NS), cells))
    assert len(points) == cells, "there are as many points as that"
    planned = len(BLOCKS) * len(points)
    run = RunFolder.create(results, replace(real.header, trials_planned=planned))
    lines = []
    for trial, (block, (load_hz, size, timeout_ns)) in enumerate(product(BLOCKS, points), 1):
        original = originals[trial % len(originals)]
        cell = replace(originals[0].cell, map_size=size, timeout_ns=timeout_ns, load_hz=load_hz)
        lines.append(dump_record(_moved(original, trial=trial, block=block, cell=cell)))
        series = real.path / "samples" / f"{original.trial:05d}.npz"
        shutil.copy(series, run.path / "samples" / f"{trial:05d}.npz")
    (run.path / "trials.jsonl").write_bytes(b"".join(lines))
    return run.path


def _moved(record: TrialRecord, **changes: object) -> TrialRecord:
    return replace(record, **changes)  # type: ignore[arg-type]


HOSTILE = "<script>window.hacked = 1</script>"
"""A name that must stay a name."""


def write_rich_run(results: Path, *, host: str = HOSTILE) -> Path:
    """A run with everything a record can have: test data made of real records, no measurement."""
    real = RunFolder.open(REAL_RUN)
    name = "".join(letter for letter in host if letter.isalnum())
    header = replace(real.header, run_id=f"rich-{name}", host=real.header.host | {"hostname": host})
    run = RunFolder.create(results, replace(header, trials_planned=101))
    trial = 0
    for block in range(1, 6):
        for cell, original in _rich_cells(plain(real.records())):
            trial += 1
            run.append(_rich(original, trial, block, cell))
    error = f"the kernel refused: {HOSTILE} & ]]>"
    failed = replace(plain(real.records())[0].cell, map_size=77)
    run.append(
        TrialRecord(trial=trial + 1, block=1, status=Status.FAILED, error=error, cell=failed)
    )
    return run.path


def _rich_cells(records: Sequence[TrialRecord]) -> Iterator[tuple[Cell, TrialRecord]]:
    """Plain cells of both programs, their controls, and two alternatives."""
    cells = {record.cell: record for record in records}
    yield from cells.items()
    loaded = next(record for record in records if record.cell.has_load)
    unloaded = next(record for record in records if not record.cell.has_load)
    for control in controls_of(list(cells), Controls.BASIC):
        yield control, loaded if control.has_load else unloaded
    tcp = next(record for record in records if record.cell.program == "tcp")
    for engine in (Engine.USER_GC, Engine.LRU):
        options = {"gc_period_ns": 100_000_000} if engine is Engine.USER_GC else {}
        yield replace(tcp.cell, engine=engine, options=tuple(options.items())), tcp


def _rich(record: TrialRecord, trial: int, block: int, cell: Cell) -> TrialRecord:
    lateness = record.lateness
    assert lateness is not None
    assert lateness.mean_ns is not None
    third = replace(lateness, mean_ns=lateness.mean_ns / 3, hdr=None)
    late = lateness.max_ns or 0
    outlier = Outlier(
        t_ns=trial,
        lateness_ns=late,
        cpu=trial % 2,
        irq_ns=late // 2,
        entry_ns=late // 4,
        queue_ns=late // 4,
        venue="task",
        pid=trial,
        comm=HOSTILE[:15],
        before="net_rx",
        before_ns=9_000,
        steal=0.01,
    )
    bare = cell.control is not None and cell.control in WITHOUT_TIMERS
    if bare or cell.engine is Engine.LRU:
        nothing = {"callbacks": None, "lateness": None, "venue": None}
        return _moved(record, trial=trial, block=block, cell=cell, **nothing)
    stages = {name: third for name in ("irq", "entry", "queue")}
    return _moved(record, trial=trial, block=block, cell=cell, stages=stages, outliers=[outlier])


def write_fleet(results: Path) -> Path:
    """A fleet of two hosts that measured, of which one failed once, and one that never did."""
    folder = results / "fleet"
    write_rich_run(folder / "sut1", host="sut1")
    odd = RunFolder.open(write_rich_run(folder / "sut2", host="sut2"))
    odd.save_header(replace(odd.header, host=odd.header.host | {"timer_migration": HOSTILE}))
    hosts = {
        "sut1": {"variables": {}, "trouble": None},
        "sut2": {"variables": {}, "trouble": f"its disk is full: {HOSTILE}"},
        "sut3": {"variables": {}, "trouble": None},
    }
    command = f"ansible-playbook -i inventory/fleet.yml playbooks/run.yml -e sweep='{HOSTILE}'"
    times = {"started": odd.header.started, "finished": None}
    content = {"format": 1, "fleet_id": "fleet", "sweep": "rich", **times}
    (folder / "fleet.json").write_text(json.dumps(content | {"hosts": hosts, "command": command}))
    return folder
