"""``bench limits`` on the running kernel, with bpftool and /proc/timer_list as witnesses."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from bench.cli.limits import document
from bench.libbpf import compiler
from bench.limits.claim import ClaimRow
from bench.limits.lab import Lab
from bench.limits.registry import chosen, claims_here, examine
from bench.limits.rig import HOUR, KEYS, Op, Rig
from bench.words.claims import Verdict
from tests.orphans import name_of

BPFFS = Path("/sys/fs/bpf")


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab() as made:
        if made.blocked:
            pytest.skip(made.blocked)
        yield made


@cache
def all_rows() -> list[ClaimRow]:
    with Lab() as made:
        return examine(claims_here(), made)


@pytest.fixture
def rows(lab: Lab) -> list[ClaimRow]:
    """All rows; tried once, by the first test, which holds the host's lock."""
    return all_rows()


@pytest.fixture
def bpffs(tmp_path: Path) -> Path:
    if not BPFFS.is_mount():
        pytest.skip("bpffs is not mounted")
    return BPFFS / name_of("limits")


def bpftool(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bpftool", *map(str, words)], capture_output=True, text=True, check=False
    )


def by_id(rows: list[ClaimRow]) -> dict[str, ClaimRow]:
    return {row.id: row for row in rows}


def test_sixty_rows_and_more_each_with_a_verdict_and_an_answer(rows: list[ClaimRow]) -> None:
    assert len(rows) >= 60
    assert {row.verdict for row in rows} <= set(Verdict)
    for row in rows:
        assert row.answer, row.id
        assert bool(row.reason) == (row.verdict is not Verdict.HOLDS), row.id


def test_no_attempt_of_ours_broke(rows: list[ClaimRow]) -> None:
    broken = [f"{row.id}: {row.reason}" for row in rows if "attempt itself failed" in row.reason]
    assert not broken


def test_the_second_time_gives_the_same(lab: Lab, rows: list[ClaimRow]) -> None:
    again = examine(claims_here(), lab)
    assert document(again, "x") == document(rows, "x")


def test_what_this_project_relies_on_holds(rows: list[ClaimRow]) -> None:
    relied = ("clock.1", "timeout.100ns", "call.push_back", "release.map", "release.killed")
    for name in (*relied, "call.restart_with_callback", "prog.syscall", "release.memory_map"):
        assert by_id(rows)[name].verdict is Verdict.HOLDS, by_id(rows)[name]


def test_a_row_can_fail(lab: Lab) -> None:
    """A kernel that answers otherwise gets another verdict: here the claim is turned round."""
    [claim] = chosen(claims_here(), ("clock.1",))
    with Rig() as rig:
        rig.insert(0)
        assert rig.init(clock=1) == 0 and rig.do(Op.INIT, clock=1) == -16
        assert rig.do(Op.INIT, key=KEYS - 1, clock=1) == -2
    assert examine([claim], lab)[0].verdict is Verdict.HOLDS


def test_every_kind_of_map_and_program_that_bpftool_knows_has_a_row(rows: list[ClaimRow]) -> None:
    dump = bpftool("-j", "btf", "dump", "file", "/sys/kernel/btf/vmlinux").stdout
    types = json.loads(dump)["types"]
    for enum, prefix, group in (
        ("bpf_map_type", "BPF_MAP_TYPE_", "map"),
        ("bpf_prog_type", "BPF_PROG_TYPE_", "prog"),
    ):
        values = next(item["values"] for item in types if item["name"] == enum)
        names = [v["name"].removeprefix(prefix).lower() for v in values if prefix in v["name"]]
        wanted = {n for n in names if n != "unspec" and "deprecated" not in n and "__max" not in n}
        found = {name.partition(".")[2] for name in by_id(rows) if name.startswith(f"{group}.")}
        missing = {name for name in wanted if not any(have.startswith(name) for have in found)}
        assert not missing


@pytest.mark.parametrize(("section", "loads"), [("xdp", True), ("tc", True), ("perf_event", False)])
def test_bpftool_loads_and_refuses_the_same_programs(
    rows: list[ClaimRow], bpffs: Path, tmp_path: Path, section: str, loads: bool
) -> None:
    source, target = tmp_path / "one.bpf.c", tmp_path / "one.bpf.o"
    source.write_text(
        '#include "limits/arm.h"\n'
        f'SEC("{section}") int one(void *ctx) {{ arm(); return 0; }}\n'
        'char LICENSE[] SEC("license") = "GPL";\n'
    )
    flags = [*compiler._flags(), f"-I{compiler.source_dir()}", f"-I{compiler.source_dir()}/limits"]
    subprocess.run(["clang", *flags, "-c", source, "-o", target], check=True)
    done = bpftool("prog", "load", target, bpffs)
    bpffs.unlink(missing_ok=True)
    slug = {"tc": "sched_cls"}.get(section, section)
    row = by_id(rows)[f"prog.{slug}"]
    assert (done.returncode == 0) is loads
    assert (row.answer == "accepted") is loads
    assert row.verdict is Verdict.HOLDS
    if not loads:
        assert row.answer.partition(": ")[2] in done.stderr


@pytest.mark.parametrize(("clock", "base"), [(0, 1), (1, 1), (7, 7)])
def test_proc_timer_list_shows_the_same_clock(
    rows: list[ClaimRow], lab: Lab, clock: int, base: int
) -> None:
    with Rig() as rig:
        rig.prepare(clock=clock)
        rig.start(HOUR)
        expiry = f"expires at {int(rig.look()['expiry_ns'])}-"
        lines = Path("/proc/timer_list").read_text().splitlines()
    index = next(number for number, line in enumerate(lines) if expiry in line)
    assert "bpf_timer_cb" in lines[index - 1]
    # Soft bases follow the hard ones: monotonic, realtime, boottime, tai.
    listed = next(line for line in reversed(lines[:index]) if line.lstrip().startswith("clock "))
    number = int(listed.strip().removeprefix("clock ").removesuffix(":"))
    assert {0: 1, 1: 0, 2: 7, 3: 11}[number % 4] == base
    held = by_id(rows)[f"clock.base_{clock}"].verdict is Verdict.HOLDS
    assert held is (clock == base)


def test_command_line_prints_one_json_document(lab: Lab) -> None:
    # The lock is held by this test; the command must say so instead of measuring beside it.
    done = subprocess.run(
        [sys.executable, "-m", "bench", "limits", "--only", "clock", "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 4 and done.stdout == ""
    assert "another bench is measuring" in done.stderr


def test_the_printk_event_is_as_it_was(rows: list[ClaimRow]) -> None:
    event = Path("/sys/kernel/tracing/events/bpf_trace/bpf_trace_printk/enable")
    if not event.exists():
        pytest.skip("tracefs is not mounted")
    before = event.read_text()
    with Lab() as lab:
        [row] = examine(chosen(claims_here(), ("demo.prints",)), lab)
    assert row.verdict is Verdict.HOLDS
    assert event.read_text() == before
