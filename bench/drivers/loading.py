"""Loading a program under test with the parameters of a cell, and attaching it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.drivers.base import Driver
from bench.drivers.causes import are_recorded, size_maps, stage_hooks
from bench.drivers.environment import CLOCK_IDS, LATENESS_CLOCKS, Environment
from bench.drivers.parts import divided
from bench.drivers.seeding import RESIDUALS, chunk_entries
from bench.drivers.timeouts import exponential_table
from bench.host.cpus import find_cpus
from bench.host.softirqs import HRTIMER, vector_number
from bench.libbpf import btf, compiler
from bench.libbpf.object import BpfObject
from bench.programs.base import Program
from bench.programs.seeding import seeded_of
from bench.spec import Cell, Engine, Flag, Hook, Instrument, MapType, OuterMap, Rearm, TimeoutShape

LIFECYCLE = ("census", "cancel_all")
"""Syscall programs of bpf/lifecycle.h."""
FLAG_BITS = {Flag.ABS: 1, Flag.CPU_PIN: 2}
"""``BPF_F_TIMER_ABS`` and ``BPF_F_TIMER_CPU_PIN`` of include/uapi/linux/bpf.h."""
_SHAPES = {TimeoutShape.FIXED: 0, TimeoutShape.UNIFORM: 1, TimeoutShape.EXPONENTIAL: 2}
"""``enum timeout_shape`` of bpf/timerbench.h."""


def loaded_program(
    driver: Driver, cell: Cell, environment: Environment, hook: Hook | None
) -> BpfObject:
    """The program's object, loaded and attached.

    Raises:
        KernelRefusedError: The kernel refused the program or its attachment.
        HookUnavailableError: The host lacks what the hook is attached to.
        BenchError: It cannot be compiled.
    """
    program = driver.program
    loaded = BpfObject(_compiled(program, cell))
    with loaded.acquiring():
        _size_maps(loaded, program, cell)
        with _outer_map(loaded, program, cell), divided(loaded, cell):
            _load(loaded, driver, cell, environment, hook)
        for name in (*stage_hooks(program, cell), *driver.watchers()):
            loaded.attach(name)
        driver.attach(loaded, cell, hook, environment)
    return loaded


def _compiled(program: Program, cell: Cell) -> Path:
    return compiler.compiled(program.source, defines_of(cell.engine))


def defines_of(engine: Engine) -> tuple[str, ...]:
    """Those that fit this kernel."""
    where = engine.facts.defines_where
    return where[1] if where and btf.vmlinux().has_function(where[0]) else engine.facts.defines


def _load(
    loaded: BpfObject, driver: Driver, cell: Cell, environment: Environment, hook: Hook | None
) -> None:
    program = driver.program
    loaded.set_constants({**_constants(program, cell), **driver.constants(cell, environment)})
    own = (*LIFECYCLE, *cell.engine.facts.syscalls)
    beside = (*own, *stage_hooks(program, cell), *driver.watchers())
    loaded.load_only((*program.programs(cell, hook), *beside))
    loaded.load()
    if cell.outer_map is not OuterMap.NONE:
        loaded.map("outer").hold(loaded.map("timers"))


@contextmanager
def _outer_map(loaded: BpfObject, program: Program, cell: Cell) -> Iterator[None]:
    """While the block loads the object, an example shows the kernel what its outer map holds.

    The example is ``timers`` of a second object without programs. Of an inner array the
    kernel wants the very size (``array_map_meta_equal``), of others it does not care.
    """
    if cell.outer_map is OuterMap.NONE:
        yield
        return
    size = cell.stated_map_size if cell.map_type is MapType.ARRAY else 1
    with BpfObject(_compiled(program, cell)) as example:
        example.map("timers").configure(entries=size, map_type=cell.map_type)
        example.load_only(())
        example.load()
        outer = loaded.map("outer")
        outer.configure(map_type=cell.outer_map)
        outer.will_hold(example.map("timers"))
        yield


def _size_maps(loaded: BpfObject, program: Program, cell: Cell) -> None:
    cpus = find_cpus().slots
    loaded.map("slots").configure(entries=cpus + 1)
    own = cell.stated_map_size if cell.engine.facts.scan_parts <= 1 else 1
    loaded.map("timers").configure(entries=own, map_type=cell.map_type)
    for name in program.beside:
        loaded.map(name).configure(entries=cell.stated_map_size)
    if entries := seeded_of(cell):
        loaded.map(RESIDUALS).configure(entries=chunk_entries(entries))
    if are_recorded(cell):
        size_maps(loaded)
    if program.distributions:
        loaded.map("distributions").configure(entries=len(program.distributions) * cpus)


def _constants(program: Program, cell: Cell) -> dict[str, int | bytes]:
    found: dict[str, int | bytes] = {
        "timeout_ns": cell.stated_timeout_ns,
        "timeout_shape": _SHAPES[cell.timeout_shape],
        "timer_clock": CLOCK_IDS[cell.clock],
        "lateness_clock": LATENESS_CLOCKS[cell.clock],
        "timer_flags": sum(FLAG_BITS[flag] for flag in cell.flags),
        "engine": cell.engine.facts.bpf_number,
        "outer_map": int(cell.outer_map is not OuterMap.NONE),
        "instrument_full": int(cell.instrument.records_lateness),
        "instrument_sampled": int(cell.instrument is Instrument.SAMPLED),
        "instrument_stages": int(are_recorded(cell)),
        "hrtimer_softirq": vector_number(HRTIMER),
    }
    if cell.timeout_shape is TimeoutShape.EXPONENTIAL:
        found["exponential"] = exponential_table()
    if cell.engine.facts.scan_parts > 1:
        found["tick_ns"] = cell.number("gc_period_ns") // cell.engine.facts.scan_parts
    if program.distributions:
        found["distribution_cpus"] = find_cpus().slots
    return found


def rearm_constants(cell: Cell) -> dict[str, int | bytes]:
    """What bpf/periodic.h wants to know of a cell."""
    return {
        "rearm_absolute": int(cell.rearm is Rearm.ABSOLUTE),
        "abs_flag": FLAG_BITS[Flag.ABS],
    }
