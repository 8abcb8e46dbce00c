"""Debian's kernels, each booted once: limits, the article's example, and ``tcp`` by fentry."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.guest.host_files import CODE
from bench.guest.images import Image
from bench.guest.machine import CPUS, MEMORY_MIB
from bench.matrix import guests
from bench.matrix.answers import KernelAnswers, script
from bench.matrix.assembly import assembled
from bench.matrix.commands import Command, Verb, parse
from bench.matrix.findings import is_rt
from bench.matrix.guests import Size, run_guests
from bench.matrix.table import Change, KernelColumn, Matrix
from bench.record import Virtual
from bench.store import RunFolder
from bench.words.claims import Verdict

Kernel = Callable[[str], Image]
NAMES = ("debian:6.1", "debian:7", "debian:6.12-rt")
"""The oldest that Debian supports, the newest that it has, one with PREEMPT_RT."""
WITH_TIMERS = NAMES[:2]
CONNECTIONS = 4
COMMANDS = parse(
    f"limits + demo --connections {CONNECTIONS} + run --program tcp --hook fentry "
    "--ends server,both --map-size 16k --timeout 1ms --load 50 --duration 1s --repeat 1 "
    "--observer none --max-steal 1 --controls none".split()
)
REFUSED = COMMANDS[:2]
"""Enough for a kernel that refuses timers."""
SIZE = Size(cpus=CPUS, memory_mib=MEMORY_MIB, timeout_s=1_200)
"""Emulated, a kernel takes eight minutes on the reference machine beside other tests."""
# The demo and limits put the events of the trace back, and remove their trace instances.
SETTINGS = "cat /sys/kernel/tracing/set_event > {0}; ls /sys/kernel/tracing/instances >> {0}"


def due(
    images: list[Image], commands: tuple[Command, ...]
) -> list[tuple[Image, tuple[Command, ...]]]:
    return [(image, commands) for image in images]


def watched(commands: tuple[Command, ...], python: str) -> str:
    asked = script(commands, python)
    return "\n".join((SETTINGS.format("before"), asked, SETTINGS.format("after")))


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("matrix")


@pytest.fixture(scope="session")
def told(kernel: Kernel, folder: Path) -> Iterator[dict[str, tuple[Image, Path, KernelAnswers]]]:
    refused = folder / "refused"
    refused.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(guests, "script", watched)
        images = [kernel(name) for name in NAMES]
        found = [
            *run_guests(due(images[:2], COMMANDS), folder, size=SIZE, at_a_time=1, say=print),
            *run_guests(due(images[2:], REFUSED), refused, size=SIZE, at_a_time=1, say=print),
        ]
        yield {image.name: (image, shared, heard) for image, shared, heard in found}


@pytest.fixture(scope="session")
def matrix(told: dict[str, tuple[Image, Path, KernelAnswers]]) -> Matrix:
    return assembled(COMMANDS, [(name, told[name][0].source, told[name][2]) for name in NAMES])


@pytest.fixture(scope="session")
def columns(matrix: Matrix) -> dict[str, KernelColumn]:
    return {column.name: column for column in matrix.columns}


def documents(told: KernelAnswers) -> dict[Verb, dict[str, Any]]:
    return {answer.command.verb: answer.document or {} for answer in told.answers}


def test_every_kernel_answers_as_known(matrix: Matrix) -> None:
    assert [column.failure for column in matrix.columns] == [None, None, None]
    assert matrix.findings == ()
    assert matrix.checked > 100


def test_every_kernel_is_the_one_asked_for(
    told: dict[str, tuple[Image, Path, KernelAnswers]],
) -> None:
    for image, _, heard in told.values():
        assert heard.release == image.kernel.name.removeprefix("vmlinuz-")


def test_no_attempt_broke_and_the_kernels_differ(matrix: Matrix) -> None:
    broken = [
        (row.claim.id, cell.reason)
        for row in matrix.rows
        for cell in row.cells
        if cell and "attempt itself failed" in cell.reason
    ]
    assert not broken
    changes = {row.claim.id: row.changes for row in matrix.rows}
    # Both flags came after 6.1, and before 6.12.
    for claim in ("flag.abs", "flag.pin"):
        assert changes[claim] == (Change.NONE, Change.VERDICT, Change.NONE)


@pytest.mark.parametrize(("name", "refused"), [("debian:6.1", 4), ("debian:7", 1)])
def test_a_real_nmi_finds_helpers_refused(
    name: str, refused: int, columns: dict[str, KernelColumn]
) -> None:
    cell = columns[name].cells["nmi.helpers"]
    assert cell.verdict is (Verdict.HOLDS if refused == 4 else Verdict.FAILS), cell
    assert cell.answer.count("EOPNOTSUPP") == refused and "cancel EOPNOTSUPP" in cell.answer


def test_preempt_rt_refuses_timers(columns: dict[str, KernelColumn]) -> None:
    column = columns["debian:6.12-rt"]
    assert is_rt(column)
    cell = column.cells["kernel.preempt_rt"]
    assert cell.verdict is Verdict.HOLDS and "cannot be used for PREEMPT_RT" in cell.answer
    assert column.cells["article.loads"].verdict is Verdict.FAILS
    assert "PREEMPT_RT" in column.cells["article.loads"].answer


@pytest.mark.parametrize("name", WITH_TIMERS)
def test_the_example_gives_two_pairs_per_connection(
    name: str, told: dict[str, tuple[Image, Path, KernelAnswers]]
) -> None:
    _, shared, heard = told[name]
    demo = documents(heard)[Verb.DEMO]
    assert demo["hook"] == "fentry" and demo["good"], demo
    assert demo["connections"] == CONNECTIONS and not demo["missing_ip"]
    assert demo["pairs"] == len(demo["ends"]) == 2 * CONNECTIONS
    by_connection: Counter[frozenset[int]] = Counter()
    for end in demo["ends"]:
        met, fired = end["new_connection"], end["timer_cb"]
        by_connection[frozenset((met["port"], met["peer_port"]))] += 1
        assert "new connection" in met["raw"] and "timer_cb" in fired["raw"]
        assert fired["current_pid"] == fired["pid"] and fired["flags"][2] == "s"
    assert list(by_connection.values()) == [2] * CONNECTIONS
    assert (shared / "before").read_text() == (shared / "after").read_text()


@pytest.mark.parametrize("name", WITH_TIMERS)
def test_tcp_by_fentry_closes_its_ledger_and_its_run_is_marked(
    name: str, told: dict[str, tuple[Image, Path, KernelAnswers]]
) -> None:
    _, shared, heard = told[name]
    trials = documents(heard)[Verb.RUN]["trials"]
    assert {trial["cell"]["ends"] for trial in trials} == {"server", "both"}
    for trial in trials:
        # Emulation may be too slow for the load to be valid; the account must close in any case.
        assert trial["status"] in ("ok", "invalid"), trial
        assert trial["hook"] == {"used": "fentry", "refused": {}}
        ledger, load = trial["ledger"], trial["load"]
        assert ledger["balanced"] and ledger["unmatched"] == 0
        ends = 2 if trial["cell"]["ends"] == "both" else 1
        assert ledger["started"] == ledger["fired"] == ends * load["connections_total"] > 0
    (folder,) = (shared / "results").iterdir()
    run = RunFolder.open(folder)
    assert run.header.virtual is heard.virtual is not None
    report = (folder / "report.md").read_text()
    assert ("lateness |" in report) is (heard.virtual is not Virtual.EMULATED)


def test_a_kernel_without_btf_is_named_with_step_and_console(kernel: Kernel, folder: Path) -> None:
    own = folder / "without-btf"
    own.mkdir()
    size = Size(
        cpus=1,
        memory_mib=MEMORY_MIB,
        timeout_s=300,
        parameters=("initcall_blacklist=btf_vmlinux_init",),
    )
    image = kernel("debian:6.12")
    [(_, _, heard)] = run_guests([(image, parse([]))], own, size=size, at_a_time=1, say=print)
    assert heard.failure is not None
    assert "debian:6.12" in heard.failure.problem and "no BTF" in heard.failure.problem
    assert "at step prepare" in heard.failure.problem
    assert "btf_vmlinux_init" in heard.failure.detail or "virtme" in heard.failure.detail


def test_the_command_shows_a_kernel_that_fails_and_leaves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "bzImage"
    file.write_bytes(bytes(0x202) + b"HdrS" + b"not a kernel" * 1000)
    done = subprocess.run(
        [sys.executable, "-m", "bench", "matrix", "--kernel", file, "--timeout", "20s", "--json"],
        cwd=tmp_path,
        env={
            "PYTHONPATH": str(CODE),
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "TMPDIR": str(tmp_path),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 4, done.stderr
    found = json.loads(done.stdout)
    [column] = found["kernels"]
    assert str(file) in column["failure"]["problem"] and "step boot" in column["failure"]["problem"]
    assert found["rows"] == []
    assert str(file) in done.stderr.replace("\n", "")
    assert [path.name for path in tmp_path.iterdir()] == ["bzImage"]
