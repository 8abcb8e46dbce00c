"""Small traces, as the plugin writes them, and the tables made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bench.instructions.exact import row_of
from bench.instructions.marks import Operation
from bench.instructions.paths import Seen, seen_in
from bench.instructions.scenario import Scenario
from bench.instructions.symbols import read_symbols
from bench.instructions.table import FORMAT, Identity, Kernel, Table
from bench.instructions.trace import read_trace

KALLSYMS = """\
ffffffff81001000 T bpf_timer_start
ffffffff81002000 T hrtimer_start_range_ns
ffffffff81003000 T timerqueue_add
ffffffff81004000 T get_random
ffffffff81005000 T __x86_indirect_thunk_rax
ffffffff{load:08x} t bpf_prog_0123456789abcdef_operations\t[bpf]
"""
START = Scenario(number=1, operation=Operation.START_IDLE)
USUAL = "81001000+10 81002000+5 81003000+20 81002010+5 81001020+4"
RARE = "81001000+10 81004000+100 81001020+4"


def trace(rows: Sequence[tuple[int, str]], *, load: int = 0xC0000000, interrupted: int = 0) -> str:
    """The plugin's file: calls of START and the runs between the program's own instructions."""
    lines = []
    for calls, runs in rows:
        inner = " ".join(f"ffffffff{run}" for run in runs.split())
        lines.append(f"path 1 3 {calls} 0 ffffffff{load + 16:x}+3 {inner} ffffffff{load + 64:x}+2")
    if interrupted:
        lines.append(f"lost 1 3 {interrupted} 0")
    return "\n".join([*lines, "clock 1 44", "end"]) + "\n"


def seen(rows: Sequence[tuple[int, str]], *, load: int = 0xC0000000, interrupted: int = 0) -> Seen:
    """What a boot saw whose programs were loaded at an address."""
    read = read_trace(trace(rows, load=load, interrupted=interrupted))
    where = (1, Operation.START_IDLE)
    symbols = read_symbols(KALLSYMS.format(load=load))
    return seen_in(read.windows[where], read.interrupted.get(where, 0), symbols)


IDENTITY = Identity(
    qemu="QEMU emulator version 7.2.22",
    machine="q35",
    cpu="max",
    icount="shift=0,sleep=on",
    seed=1,
    rtc="base=2026-01-01T00:00:00,clock=vm",
    cpus=1,
    memory_mib=2048,
    parameters=["nokaslr"],
    clock_source="tsc",
    compiler="clang version 14.0.6",
    bench="0.0",
    script="0123456789abcdef",
)


def table(*boots: Seen, qemu: str = IDENTITY.qemu, name: str = "debian:6.12") -> Table:
    """A table with one row."""
    return Table(
        format=FORMAT,
        kernel=Kernel(
            name=name,
            source="linux-image-6.12",
            release="6.12",
            version="#1 SMP",
            vulnerabilities={"meltdown": "Not affected"},
        ),
        identity=replace(IDENTITY, qemu=qemu),
        busy_boots=[False] * (len(boots) - 1) + [True],
        unknown_share=0.0,
        clock_difference=0,
        clock_compared=[200 for _ in boots],
        clock_cut=[0 for _ in boots],
        rows=[row_of(START, Operation.START_IDLE, boots)],
    )
