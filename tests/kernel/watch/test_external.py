"""``--program external``: timers of programs that we did not load, measured as trials."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.libbpf.compiler import compiled
from bench.record import Status, TrialRecord
from bench.spec import Cell
from bench.units import NS_PER_S
from tests.external.loaded import SOURCES, TICK_NS, External
from tests.kernel.leftovers import bpf_objects
from tests.kernel.watch.test_watch import ticks
from tests.waiting import wait_until

Load = Callable[[str], External]
Make = Callable[..., Cell]
Measure = Callable[..., TrialRecord]
REPOSITORY = Path(__file__).resolve().parents[3]
LOADER = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from bench.libbpf import raw
from bench.libbpf.object import BpfObject
with BpfObject(Path(sys.argv[2])) as loaded:
    loaded.load()
    print(raw.test_run(loaded.program_fd("begin")), flush=True)
    time.sleep(60)
"""


def external_cell(make_cell: Make, **options: str) -> Cell:
    return make_cell(program="external", options=tuple(sorted(options.items())), phase=None)


def test_timers_that_are_there_are_measured_and_left_alone(
    external: Load, make_cell: Make, measure: Measure
) -> None:
    program = external("percpu_tick")
    assert program.run(cpu=0) == 0
    number = program.map_id("sched_tick_ctxs")
    found = measure(external_cell(make_cell, map="sched_tick_ctxs"))
    assert found.status is Status.OK, found.reasons
    assert found.cell.timeout_ns is None and found.cell.map_size is None
    assert found.callbacks is not None and found.lateness is not None and found.ledger is not None
    expected = found.window_ns / TICK_NS
    assert found.callbacks.fired == pytest.approx(expected, rel=0.1)
    assert found.lateness.count == found.callbacks.fired
    assert found.lateness.p50_ns is not None and found.lateness.min_ns is not None
    assert found.venue is not None
    assert found.venue.idle + found.venue.task + found.venue.ksoftirqd == found.callbacks.fired
    ledger = found.ledger
    # It re-arms in its callback: one timer is there before, and one afterwards.
    assert ledger.balanced and ledger.seeded <= 1 and ledger.pending <= 1
    assert ledger.started == pytest.approx(ledger.fired, abs=2)
    assert "hook" in ledger.counted["fired"] and "walk" in ledger.counted["pending"]
    # Nobody touched it.
    before = ticks(program)
    wait_until("it ticks on", lambda: ticks(program) > before + 10, bool)
    assert program.map_id("sched_tick_ctxs") == number


def test_a_loader_is_started_for_each_trial_and_ended(
    external: Load, make_cell: Make, measure: Measure, tmp_path: Path
) -> None:
    script = tmp_path / "loader.py"
    script.write_text(LOADER)
    source = compiled(str(SOURCES / "nested_stats.bpf.c"))
    command = shlex.join([sys.executable, str(script), str(REPOSITORY), str(source)])
    before = bpf_objects()
    found = measure(external_cell(make_cell, map="tenants_v1", exec=command))
    assert found.status is Status.OK, found.reasons
    assert found.ledger is not None and found.callbacks is not None
    assert found.ledger.seeded == 0 and found.ledger.pending <= 16
    assert found.callbacks.fired == pytest.approx(1_600 * found.window_ns / NS_PER_S, rel=0.2)
    wait_until(
        "nothing of it", bpf_objects, lambda now: all(now[kind] <= before[kind] for kind in now)
    )


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"map": "no_such_map"}, "no map with timers is 'no_such_map'"),
        ({"map": "flow_table", "exec": "false"}, "ended with code 1"),
        ({"map": "sched_tick_ctxs", "exec": "true"}, "is there before 'true' was started"),
    ],
)
def test_what_cannot_be_measured_says_why(
    options: dict[str, str], problem: str, external: Load, make_cell: Make, measure: Measure
) -> None:
    external("percpu_tick").run()
    with pytest.raises(BenchError, match=problem):
        measure(external_cell(make_cell, **options))
