"""Kernel memory of timers: how much a cell needs, and whether this kernel needs a reserve."""

from __future__ import annotations

from dataclasses import dataclass

from bench.drivers.environment import Environment
from bench.drivers.resident import ResidentDriver
from bench.drivers.session import opened_object
from bench.errors import BenchError
from bench.host import memory
from bench.host.cpus import find_cpus
from bench.host.ksoftirqd import find_ksoftirqd
from bench.host.reserve import SlabObject, cache_state, kmalloc_sizes
from bench.libbpf import btf
from bench.programs.base import Program
from bench.spec import ArmCpus, Cell, Phase
from bench.units import NS_PER_S
from bench.words.plurals import counted

NOLOCK = "kmalloc_nolock_noprof"
"""Kernel function whose presence means that bpf_timer_init may fail for want of slabs. A kernel
may name it otherwise: that it is missing proves nothing."""
PROBE_TIMERS = 20_000
FAR_NS = 3600 * NS_PER_S
"""A timeout that never comes within a probe."""


@dataclass(frozen=True, slots=True)
class ReserveNeed:
    """Whether this kernel needs the memory reserve, and how that was found out."""

    needed: bool
    reason: str


def slab_object() -> SlabObject:
    """Sizes of the kernel's timer and attribute objects, from its BTF.

    Raises:
        BenchError: The kernel's BTF does not have them.
    """
    timer = btf.vmlinux().struct("bpf_hrtimer")
    attribute = btf.vmlinux().struct("simple_xattr")
    if timer is None or attribute is None:
        missing = "bpf_hrtimer" if timer is None else "simple_xattr"
        raise BenchError(f"the kernel's BTF has no struct {missing}")
    return SlabObject(timer.size, attribute.size, kmalloc_sizes())


def known_to_fail() -> bool:
    """Whether the kernel is known to allocate timers in the way that can fail for want of slabs."""
    return btf.vmlinux().has_function(NOLOCK)


def check_memory(program: Program, cell: Cell, shape: SlabObject, *, reserved: bool) -> None:
    """Refuse a cell whose map and timers do not fit into memory; somebody else's are not ours.

    Raises:
        BenchError: Naming how much is needed and how much there is.
    """
    if program.source:
        _check_fits(program, cell, memory_needed(program, cell, shape, reserved=reserved))


def check_map(program: Program, cell: Cell) -> None:
    """The same where the memory of its timers is held already.

    Raises:
        BenchError: As :func:`check_memory`.
    """
    if program.source:
        _check_fits(program, cell, program.map_bytes(cell))


def _check_fits(program: Program, cell: Cell, needed: int) -> None:
    axis = "map-size" if cell.population is None else "population"
    number = cell.stated_map_size if cell.population is None else cell.population
    what = f"{axis.replace('-', ' ')} {number:,} of program {program.name}"
    memory.check_fits(needed, what, memory.available(), f"--{axis}")


def memory_needed(program: Program, cell: Cell, shape: SlabObject, *, reserved: bool) -> int:
    """Kernel memory of a cell's map and timers, bytes."""
    timers = memory.timer_bytes(program.objects(cell), shape, reserved=reserved)
    return program.map_bytes(cell) + timers


def reserve_need(environment: Environment) -> ReserveNeed:
    """Try to initialise more timers than the free objects that existing slabs have.

    A kernel that can add slabs does so then. If no timer fails although none was added,
    memory that an earlier run gave back was used: it proves nothing, and a reserve is made,
    unless the kernel has no function of the kind that fails.
    """
    shape = slab_object()
    timers = cache_state(shape.cache_bytes).free + PROBE_TIMERS
    needed = memory.timer_bytes(timers, shape, reserved=False)
    memory.check_fits(needed, f"trying {counted(timers, 'timer')}", memory.available())
    return _judged(timers, try_inits(timers, environment), known=known_to_fail())


def wants_reserve() -> bool:
    """Whether few timers, made outside of a run, need a reserve as well.

    Where that cannot be tried they go without one.
    """
    if known_to_fail():
        return True
    try:
        return reserve_need(Environment(find_cpus().usable, find_ksoftirqd())).needed
    except BenchError:
        return False


def _judged(timers: int, tried: Tried, *, known: bool) -> ReserveNeed:
    named = "" if known else f"; {NOLOCK} was not found in this kernel"
    if tried.failed:
        found = f"{tried.failed:,} of {timers:,} bpf_timer_init failed with ENOMEM without it"
        return ReserveNeed(True, found + named)
    initialised = f"{counted(timers, 'timer')} initialised"
    if tried.slabs_added:
        found = f"not needed: {initialised}, and slabs were added for them"
        return ReserveNeed(False, found + named)
    found = f"{initialised}, but from left-over slabs only"
    return ReserveNeed(True, found) if known else ReserveNeed(False, f"not needed: {found}{named}")


@dataclass(frozen=True, slots=True)
class Tried:
    """Result of an attempt: timers not initialised, and whether their cache grew."""

    failed: int
    slabs_added: bool


def try_inits(timers: int, environment: Environment) -> Tried:
    """Initialise ``timers`` timers just now.

    Arms them with a far expiry and lets the map's release cancel them.
    """
    driver = ResidentDriver()
    cell = Cell(
        program=driver.program.name,
        map_size=timers,
        timeout_ns=FAR_NS,
        phase=Phase.BURST,
        arm_cpus=ArmCpus.ALL,
    )
    size = slab_object().cache_bytes
    with opened_object(driver, cell, environment, {}) as session:
        session.prepare(environment, NS_PER_S)
        before = cache_state(size)
        driver.arm(session.run, cell, environment)
        after = cache_state(size)
        failed = session.read().init_failed.get("ENOMEM", 0)
    return Tried(failed, after.total > before.total)
