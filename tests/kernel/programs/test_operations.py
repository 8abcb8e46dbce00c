"""Operations of churn alone: each timed, all counted, against /proc/timer_list and interrupts."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.drivers.interrupts import interrupt_hooks
from bench.host.cpus import find_cpus
from bench.libbpf import compiler
from bench.libbpf.object import BpfObject
from bench.programs.churn import BATCH, OPERATIONS
from bench.record import TrialRecord
from bench.spec import Cell, MapType, Sweep
from bench.trial.rig import Rig
from bench.trial.trial import Trial
from bench.units import NS_PER_S
from tests.kernel.conftest import require

MakeCell = Callable[..., Cell]
Measure = Callable[..., TrialRecord]
TIMER_LIST = Path("/proc/timer_list")
INTERRUPTS = Path("/proc/interrupts")
SEEN = re.compile(r"\s*(\d+|NMI|LOC|IWI|RES|CAL):")
"""What the hooks count of the lines of /proc/interrupts on x86; TLB is a part of CAL."""
SHARE_SEEN = 0.9
ALLOCATING = ("insert", "delete", "replace", "free")


def alone(make_cell: MakeCell, map_type: str = "hash", **options: object) -> Cell:
    return make_cell(
        program="churn",
        map_type=MapType(map_type),
        timeout_ns=3_600 * NS_PER_S,
        options={"operations": "alone", "rate_hz": 200_000, **options},
    )


def queues() -> dict[int, int]:
    """bpf timers in the queue of each CPU."""
    found, cpu = {}, -1
    for line in TIMER_LIST.read_text().splitlines():
        if line.startswith("cpu: "):
            cpu = int(line.removeprefix("cpu: "))
        elif ", bpf_timer_cb, " in line:
            found[cpu] = found.get(cpu, 0) + 1
    return found


@pytest.mark.parametrize("timers_of", ["own", "other"])
@pytest.mark.parametrize("map_type", ["hash", "hash_noprealloc"])
def test_each_operation_is_timed_and_each_timer_counted(
    map_type: str, timers_of: str, make_cell: MakeCell, measure: Measure
) -> None:
    if timers_of == "other":
        require(None if len(find_cpus().usable) > 1 else "one CPU only")
    record = measure(alone(make_cell, map_type=map_type, timers_of=timers_of, queued=100))
    ledger = record.ledger
    assert ledger is not None and ledger.balanced and ledger.lost == 0, ledger
    assert ledger.cancelled > 0 and ledger.freed > 0 and ledger.fired > 0
    discarded = record.measures["discarded"] or 0
    for name in OPERATIONS:
        found = record.distributions[name]
        # To allocate and free elements one by one, the kernel interrupts itself at times (irq_work
        # of its allocator), which may spoil every batch.
        itself = map_type == "hash_noprealloc" and name.startswith(ALLOCATING)
        assert found is not None and (found.count > 0 or (itself and discarded > 0)), name
    assert set(record.errors) <= {"init"}, record.errors


def test_every_cpu_can_do_it_at_once(make_cell: MakeCell, measure: Measure) -> None:
    record = measure(alone(make_cell, cpus="all"))
    assert record.ledger is not None and record.ledger.balanced, record.ledger
    assert all((record.distributions[name] or pytest.fail(name)).count for name in OPERATIONS)


def test_the_held_timers_are_in_the_queues_of_the_cpus(
    make_cell: MakeCell, make_sweep: Callable[..., Sweep]
) -> None:
    queued, seen = 500, []
    cell = alone(make_cell, queued=queued, rate_hz=20_000)

    def look(sample: object) -> None:
        if not seen:
            seen.append(queues())

    with Rig([cell]) as rig:
        Trial(rig, cell, make_sweep(), 1, look).run()
    (found,) = seen
    assert set(found) == set(find_cpus().usable)
    # Beside them there are at most the timers of the batch that is being measured.
    assert all(queued <= number <= queued + BATCH for number in found.values()), found


def interrupts_of_the_kernel() -> int:
    lines = [line for line in INTERRUPTS.read_text().splitlines() if SEEN.match(line)]
    return sum(int(word) for line in lines for word in line.split()[1:] if word.isdigit())


def interrupts_of_the_hooks(loaded: BpfObject) -> int:
    return loaded.map("taken").per_cpu_sums(4)[0]


def test_the_hooks_count_the_interrupts_that_the_kernel_counts() -> None:
    hooks = interrupt_hooks("churn.bpf.c")
    require(None if hooks else "no tracepoint of interrupts")
    with BpfObject(compiler.compiled("churn.bpf.c")) as loaded:
        loaded.map("distributions").configure(entries=1)
        loaded.load_only(hooks)
        loaded.load()
        for name in hooks:
            loaded.attach(name)
        before, counted = interrupts_of_the_kernel(), interrupts_of_the_hooks(loaded)
        time.sleep(1)
        after, counted = interrupts_of_the_kernel(), interrupts_of_the_hooks(loaded) - counted
    taken = after - before
    assert taken > 0 and SHARE_SEEN * taken <= counted <= taken / SHARE_SEEN, (taken, counted)
