"""What cells cost by three accounts of CPU use, in the same trials.

``PYTHONPATH=. python tests/perf/cost_oracle.py [--blocks 10] [--seconds 3] [--cells resident,tcp]``

Each trial of a cell and of its reference, in randomised blocks and without an observer, is seen by
hooks on all task switches, interrupts and softirqs. In one set-up a task of policy SCHED_IDLE on
each CPU sums the gaps between its own clock readings, which needs no account of the kernel; the
hooks then take the idle task or this task for spare. In the other set-up there is no such task, and
``/proc/stat`` stands beside the hooks. A cost is the median over blocks of the difference to the
reference, as a share of one CPU. Two accounts of the same trials agree if their costs differ by no
more than 10 % or 0.5 % of a CPU, whichever is more. The difference of the hooks' costs in the two
set-ups is what entering and leaving idle costs. It asserts nothing.

No hook sees the way from the arrival of an interrupt to its tracepoint and back, exits to a
hypervisor included; the task does. "each entry" is what that comes to for each interrupt and
softirq.
"""

from __future__ import annotations

import argparse
import random
import statistics
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from bench.control import baseline_of
from bench.cost.parts import used_ns
from bench.drivers.registry import fitted
from bench.host.exclusive import sole_measurement
from bench.host.idle_account import idle_is_exact
from bench.spec import Cell, Grid, ObserverName, Sweep
from bench.sweep.plan import expand
from bench.trial.cpu_use import cpu_use_of
from bench.trial.rig import Rig
from bench.trial.trial import Trial
from bench.units import NS_PER_S, format_duration, format_percent
from tests.kernel.cost.accounts import Hooks, SpareTask, WitnessedAccount

GRIDS: dict[str, Grid] = {
    "resident": Grid(program="resident", map_size=100, timeout="10ms"),
    "timerfd": Grid(program="resident", engine="timerfd", map_size=100, timeout="10ms"),
    "tcp": Grid(program="tcp", timeout="100ms", load="1k"),
    "user_gc": Grid(program="tcp", engine="user_gc", timeout="100ms", load="1k"),
    "bpf_scan": Grid(program="tcp", engine="bpf_scan", map_size="16k", timeout="100ms", load="1k"),
    "bpf_sweep": Grid(program="tcp", engine="bpf_sweep", timeout="100ms", load="1k"),
    "bpf_wq": Grid(program="tcp", engine="bpf_wq", timeout="100ms", load="1k"),
    "xdp_gc": Grid(
        program="xdp_gc", timeout="100ms", options={"packets_hz": "20k", "flows": "10k"}
    ),
}
HOOKS, TASK, STAT = "hooks", "task", "/proc/stat"
ENTRIES = "interrupts"
"""Not an account: interrupts and softirqs a second that hit a CPU with nothing else to do."""
RELATIVE, POINTS = 0.10, 0.005
"""Accounts agree if they differ by no more than one of these."""
LEAST = 0.05
"""Share of a CPU from which a cost is large enough to be judged."""


Shares = dict[str, float]
"""Use of all CPUs in one trial, as a share of one, by account."""


@dataclass(frozen=True, slots=True)
class SetUp:
    """What sees the trials: the hooks, and either a task that takes what is left or none."""

    rig: Rig
    account: WitnessedAccount
    names: tuple[str, ...]

    def shares(self, cell: Cell, sweep: Sweep, seed: int) -> Shares:
        """Measure a cell once."""
        self.account.readings.clear()
        window = Trial(self.rig, cell, sweep, seed, lambda sample: None).run().window
        opening, closing = self.account.readings
        use = cpu_use_of(window.opening.idle, window.closing.idle, self.account)
        runner = (use.runner_ns or 0) / use.window_ns
        pairs = zip(self.names, opening, closing, strict=True)
        found = {name: last.share_since(first) - runner for name, first, last in pairs}
        entries = closing[0].entries - opening[0].entries
        return found | {
            STAT: used_ns(use) / use.window_ns,
            ENTRIES: entries * NS_PER_S / use.window_ns,
        }


def set_up(stack: ExitStack, cells: Sequence[Cell], *, spare: bool) -> SetUp:
    """Start what sees the trials of one set-up; it ends with the stack."""
    task = stack.enter_context(SpareTask()) if spare else None
    hooks = stack.enter_context(Hooks(task.pid if task else 0))
    account = WitnessedAccount(witnesses=(hooks, task) if task else (hooks,))
    rig = stack.enter_context(Rig(cells, idle=account))
    return SetUp(rig, account, (HOOKS, TASK) if task else (HOOKS,))


def measured(
    cells: Sequence[Cell], sweep: Sweep, *, blocks: int, spare: bool
) -> dict[Cell, list[Shares]]:
    """Use in each trial, by cell, an entry for each block; references are among the cells."""
    everything = list(dict.fromkeys([*cells, *map(baseline_of, cells)]))
    found: dict[Cell, list[Shares]] = {cell: [] for cell in everything}
    with ExitStack() as stack:
        seeing = set_up(stack, everything, spare=spare)
        for block in range(blocks):
            for cell in random.sample(everything, len(everything)):
                found[cell].append(seeing.shares(cell, sweep, block))
    return found


def cost(found: dict[Cell, list[Shares]], cell: Cell, account: str) -> float:
    """Median over blocks of a cell's use less that of its reference."""
    pairs = zip(found[cell], found[baseline_of(cell)], strict=True)
    return statistics.median(ours[account] - theirs[account] for ours, theirs in pairs)


def verdict(first: float, second: float) -> str:
    """Whether two accounts agree; costs below LEAST are not judged."""
    if max(first, second) < LEAST:
        return "small"
    return "yes" if abs(first - second) <= max(RELATIVE * max(first, second), POINTS) else "NO"


def each_entry(share: float, entries_hz: float) -> str:
    """What the task lost more than the hooks saw, by the interrupts and softirqs that began."""
    if abs(share) < POINTS or entries_hz <= 0:
        return "-"
    return format_duration(round(share * NS_PER_S / entries_hz))


def show(
    cells: dict[str, Cell], beside: dict[Cell, list[Shares]], alone: dict[Cell, list[Shares]]
) -> None:
    """A line for each cell."""
    titles = ("hooks", "task", "agree", "each entry", "hooks", STAT, "agree", "idle in/out")
    print(f"{'':<10} {'beside a spare task':^43} {'without it':^32}")
    print(f"{'cell':<10}", *(f"{title:>10}" for title in titles))
    for name, cell in cells.items():
        hooks, task = cost(beside, cell, HOOKS), cost(beside, cell, TASK)
        other, stat = cost(alone, cell, HOOKS), cost(alone, cell, STAT)
        texts = (
            *map(format_percent, (hooks, task)),
            verdict(hooks, task),
            each_entry(task - hooks, cost(beside, cell, ENTRIES)),
            *map(format_percent, (other, stat)),
            verdict(other, stat),
            format_percent(other - hooks),
        )
        print(f"{name:<10}", *(f"{text:>10}" for text in texts))


def main() -> None:
    """Measure both set-ups."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--blocks", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--cells", default=",".join(GRIDS))
    options = parser.parse_args()
    names = options.cells.split(",")
    sweep = Sweep(
        cells=tuple(GRIDS[name] for name in names),
        duration=int(options.seconds * NS_PER_S),
        warmup=1 * NS_PER_S,
        max_steal=1.0,
    )
    plain = [replace(cell, observer=ObserverName.NONE) for cell in expand(sweep, fitted)]
    cells = dict(zip(names, plain, strict=True))
    with sole_measurement(wait_s=60):
        print(f"/proc/stat is exact: {idle_is_exact()}")
        beside = measured(plain, sweep, blocks=options.blocks, spare=True)
        alone = measured(plain, sweep, blocks=options.blocks, spare=False)
    show(cells, beside, alone)


if __name__ == "__main__":
    main()
