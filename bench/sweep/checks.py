"""Checks of a whole sweep before anything is started."""

from __future__ import annotations

from collections.abc import Sequence

from bench.control import has_program, has_timers
from bench.errors import UsageError
from bench.programs.map_memory import part_entries
from bench.programs.registry import find
from bench.spec import ArmCpus, Cell, Ends, Phase
from bench.units import (
    NS_PER_DAY,
    NS_PER_MS,
    exact_count,
    exact_duration,
    format_count,
    format_duration,
)
from bench.words.plurals import counted, plural

SAFE_HZ_PER_CPU = 10_000_000
"""Offered callbacks per second and CPU beyond which ``--allow-overload`` is needed.

About three times what a CPU serves: the host is saturated but stays usable, because
ksoftirqd is an ordinary thread. Beyond it nothing new is learned.
"""

SCAN_ENTRY_NS = 180
"""Time that a scan in BPF keeps its CPU for each entry it looks at, nothing deleted.

Measured on the reference machine by tests/perf/scan_time.py: the most that a table of any size
took. Those that fit into a cache take a third of it.
"""
LONGEST_GO_NS = 5 * NS_PER_MS
"""Time that a scan may keep a CPU in one go; ``--allow-overload`` permits longer."""

BURST_CALLBACK_NS = 250
"""Time that a callback of `resident` keeps its CPU, of those that expire together.

Measured on the reference machine by tests/perf/instrument_cost.py, at saturation.
"""
LONGEST_BURST_NS = 250 * NS_PER_MS
"""Time that one softirq may run callbacks, which is half of what the sign of life of a runner
allows for; ``--allow-overload`` permits longer."""

LONGEST_TIMEOUT_NS = NS_PER_DAY


def normalised(cell: Cell) -> Cell:
    """The cell with the axes that its program does not know set to None.

    Raises:
        UsageError: Unknown program.
    """
    return find(cell.program).normalise(cell)


def check_cells(cells: Sequence[Cell], *, cpus: int, allow_overload: bool) -> None:
    """Refuse what a program cannot do, and overload that was not asked for.

    Raises:
        UsageError: Naming the first cell's value, the bound and the next step.
    """
    for cell in cells:
        if has_program(cell):
            find(cell.program).check(cell)
        if cell.timeout_ns is not None and cell.timeout_ns > LONGEST_TIMEOUT_NS:
            raise UsageError(
                f"timeout {exact_duration(cell.timeout_ns)} is too long to be measured",
                remedy="Every trial waits one timeout before its window: use a day at most",
            )
        if not allow_overload:
            _check_rate(cell, cpus)
            _check_burst(cell, cpus)
            _check_scan(cell)


def check_load_host(cells: Sequence[Cell]) -> None:
    """Refuse cells for which a load host cannot make the connections.

    Raises:
        UsageError: A cell wants both ends of each connection on this host.
    """
    if any(cell.ends is Ends.BOTH for cell in cells):
        raise UsageError(
            "ends both needs both ends of each connection on this host, but a load host has the "
            "other one",
            remedy="Leave out --load-host, or measure ends server",
        )


def _check_rate(cell: Cell, cpus: int) -> None:
    offered = find(cell.program).offered_hz(cell, float(cell.load_hz or 0))
    bound = SAFE_HZ_PER_CPU * cpus
    if offered is not None and offered > bound:
        timers = f"{exact_count(cell.stated_map_size)} {plural(cell.stated_map_size, 'timer')}"
        raise UsageError(
            f"{timers} at {exact_duration(cell.stated_timeout_ns)} offer {format_count(offered)} "
            f"callbacks/s, the safety bound of this host is {format_count(bound)}/s "
            f"({counted(cpus, 'CPU')})",
            remedy="Use fewer timers or a longer timeout, or give --allow-overload",
        )


def _check_burst(cell: Cell, cpus: int) -> None:
    """All timers that a CPU armed in phase are one softirq's work, however rarely they expire."""
    if cell.phase is not Phase.BURST or not has_timers(cell):
        return
    if not cell.engine.facts.in_softirq:
        return
    arming = 1 if cell.arm_cpus is ArmCpus.ONE else cpus
    timers = -(-cell.stated_map_size // arming)
    held_ns = timers * BURST_CALLBACK_NS
    if held_ns > LONGEST_BURST_NS:
        most = counted(LONGEST_BURST_NS // BURST_CALLBACK_NS, "timer")
        raise UsageError(
            f"phase burst would let {counted(timers, 'timer')} of one CPU expire together and keep "
            f"it for {format_duration(held_ns)}, at {BURST_CALLBACK_NS} ns each as measured on "
            f"the reference machine; the bound is {format_duration(LONGEST_BURST_NS)}",
            remedy=f"Let at most {most} of a CPU expire together, use another phase, or "
            "give --allow-overload",
        )


def scan_in_one_go(cell: Cell) -> tuple[int, int]:
    """Entries that an engine scans in one go, and the time in ns that it then keeps a CPU."""
    parts = cell.engine.facts.scan_parts
    if not parts or not has_program(cell):
        return 0, 0
    entries = cell.stated_map_size if parts == 1 else part_entries(cell.stated_map_size, parts)
    return entries, entries * SCAN_ENTRY_NS


def _check_scan(cell: Cell) -> None:
    entries, held_ns = scan_in_one_go(cell)
    if held_ns > LONGEST_GO_NS:
        most = LONGEST_GO_NS // SCAN_ENTRY_NS
        raise UsageError(
            f"engine {cell.engine} would look at {counted(entries, 'entry', 'entries')} in one go "
            f"and keep a CPU for {format_duration(held_ns)}, at {SCAN_ENTRY_NS} ns each as "
            f"measured on the reference machine; the bound is {format_duration(LONGEST_GO_NS)}",
            remedy=f"Let it look at {counted(most, 'entry', 'entries')} in one go at most, use "
            "engine bpf_sweep, which looks at a 64th at a time, or give --allow-overload",
        )
