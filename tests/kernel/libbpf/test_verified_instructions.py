"""The verifier's work on every program, compiled by the oldest and the newest clang.

A million instructions is the limit, and how many a program takes depends on the compiler: what
one makes 796,000, the next makes more than a million. Below half there is room.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bench.drivers import loading
from bench.drivers.environment import Environment
from bench.drivers.parts import divided
from bench.drivers.registry import find_driver, fitted
from bench.errors import KernelRefusedError
from bench.host.mounts import find_mounts
from bench.host.printk_event import printk_unchanged
from bench.libbpf import compiler
from bench.libbpf.object import BpfObject
from bench.programs.base import Program
from bench.programs.registry import OURS, PROGRAMS
from bench.spec import Cell, Clock, Flag, Hook, Instrument, OuterMap
from bench.units import NS_PER_MS
from tests.kernel.verified import verified_instructions

LIMIT = 1_000_000
"""``BPF_COMPLEXITY_LIMIT_INSNS``, include/linux/bpf.h."""
GIVES_UP = """
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
SEC("syscall")
int many_paths(void *ctx)
{
	__u32 random = bpf_get_prandom_u32(), place = 0, bit;

#pragma unroll
	for (bit = 0; bit < 24; bit++) {
		/* Known to the verifier, on each path another one. */
		asm volatile("%0 <<= 1" : "+r"(place));
		if (random & 1U << bit)
			asm volatile("%0 += 1" : "+r"(place));
	}
	return place == 12345 ? bpf_get_smp_processor_id() : 0;
}
char LICENSE[] SEC("license") = "GPL";
"""
SOURCES = sorted(
    str(path.relative_to(compiler.source_dir()))
    for path in compiler.source_dir().rglob("*.bpf.c")
    if path.name not in {program.source for program in OURS}
)
SOURCES += sorted(map(str, Path(__file__).parents[1].rglob("*.bpf.c")))  # The tests' own.


@pytest.fixture(autouse=True)
def printk_event_as_it_was() -> Iterator[None]:
    """Some of the programs print, and loading one enables the host's trace event."""
    tracefs = find_mounts().tracefs
    assert tracefs is not None
    with printk_unchanged(tracefs):
        yield


def cells(program: Program) -> Iterator[Cell]:
    """With few axes, and with all that add code, for each instrument."""
    plain = Cell(
        program=program.name,
        map_size=1_000,
        timeout_ns=10 * NS_PER_MS,
        map_type=program.map_types[0],
        load_hz=500 if program.needs_load else 0,
    )
    most = replace(
        plain,
        flags=(Flag.ABS,) if Flag.ABS in program.flags else (),
        timeout_shape=program.timeout_shapes[-1],
        outer_map=program.outer_maps[-1],
        clock=Clock.BOOTTIME,
    )
    for cell in (plain, most):
        for instrument in Instrument:
            yield fitted(replace(cell, instrument=instrument))
    for engine in program.engines:
        kind = engine.facts.map_type or most.map_type
        if engine.facts.defines:
            yield fitted(
                replace(most, engine=engine, map_type=kind, outer_map=OuterMap.NONE, options=())
            )


def counts(loaded: BpfObject) -> dict[str, int]:
    """By program, of those that are in the kernel."""
    fds = {name: loaded.program_fd(name) for name in loaded.program_names()}
    return {name: verified_instructions(fd) for name, fd in fds.items() if fd >= 0}


def counts_of_cell(program: Program, cell: Cell, environment: Environment) -> dict[str, int]:
    hook = Hook.TP_BTF if program.hooks else None
    with BpfObject(loading._compiled(program, cell)) as loaded:
        loading._size_maps(loaded, program, cell)
        with loading._outer_map(loaded, program, cell), divided(loaded, cell):
            loading._load(loaded, find_driver(program.name), cell, environment, hook)
        return counts(loaded)


@pytest.mark.parametrize("name", [program.name for program in OURS])
def test_every_program_under_test_stays_below_half_of_the_limit(
    name: str, environment: Environment, monkeypatch: pytest.MonkeyPatch, clang: str
) -> None:
    program, plain = PROGRAMS[name], loading._constants

    def checked(program: Program, cell: Cell) -> dict[str, int | bytes]:
        return plain(program, cell) | {"check_stages": 1}

    monkeypatch.setattr(loading, "_constants", checked)
    found = [(counts_of_cell(program, cell, environment), cell) for cell in cells(program)]
    assert found
    for seen, cell in found:
        assert {"census", "cancel_all"} < seen.keys() and all(seen.values()), cell
        assert max(seen.values()) < LIMIT / 2, (seen, cell)


@pytest.mark.parametrize("source", SOURCES)
def test_every_other_program_stays_below_half_of_the_limit(source: str, clang: str) -> None:
    path = compiler.compiled(source)
    with BpfObject(path) as opened:
        names = opened.program_names()
    for name in names:
        with BpfObject(path) as loaded:
            loaded.load_only([name])
            try:
                loaded.load()
            except KernelRefusedError as error:
                # Many of bpf/limits are there to be refused, but not for their length.
                assert error.errno != errno.E2BIG, error
                continue
            assert 0 < counts(loaded)[name] < LIMIT / 2, name


@pytest.mark.nightly  # Writing the verifier's log of a million instructions takes most of it.
def test_a_program_that_the_verifier_gives_up_on_is_refused_with_its_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "long.bpf.c").write_text(GIVES_UP)
    monkeypatch.setattr(compiler, "source_dir", lambda: tmp_path)
    with BpfObject(compiler.compiled("long.bpf.c")) as long:
        with pytest.raises(KernelRefusedError, match="gave up after 1,000,001 instr") as refused:
            long.load()
    assert refused.value.errno == errno.E2BIG
    assert "Argument list" not in str(refused.value)
