"""Guests that cannot see the host's files: of another architecture, and of a kernel without 9p."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.guest.architecture import KNOWN
from bench.guest.images import Image, image
from bench.guest.machine import CPUS, MEMORY_MIB
from bench.matrix.answers import KernelAnswers
from bench.matrix.assembly import assembled
from bench.matrix.commands import Command, parse
from bench.matrix.guests import Size, run_guests
from bench.matrix.table import KernelColumn, Matrix
from bench.record import Virtual
from bench.words.claims import Verdict
from tests.kernel.conftest import require

Kernel = Callable[[str], Image]
CONNECTIONS = 4
PROGRAMS = 6
SIZE = Size(cpus=CPUS, memory_mib=MEMORY_MIB, timeout_s=1_200)
ASKED = parse(f"limits + demo --connections {CONNECTIONS} + run --sweep programs".split())


def answered(kernel: Image, commands: tuple[Command, ...], folder: Path) -> KernelAnswers:
    [(_, _, heard)] = run_guests([(kernel, commands)], folder, size=SIZE, at_a_time=1, say=print)
    return heard


def column_of(kernel: Image, heard: KernelAnswers) -> tuple[Matrix, KernelColumn]:
    made = assembled(ASKED, [(kernel.name, kernel.source, heard)])
    return made, made.columns[0]


def assert_whole(made: Matrix, column: KernelColumn) -> None:
    assert column.failure is None and made.findings == ()
    trials = {name: cell for name, cell in column.cells.items() if name.startswith("run.")}
    assert len(trials) == PROGRAMS
    assert {cell.verdict for cell in trials.values()} == {Verdict.HOLDS}, trials
    assert column.cells["article.pairs"].verdict is Verdict.HOLDS


@pytest.mark.nightly
def test_arm64_answers_as_known_and_runs_every_program(tmp_path: Path) -> None:
    require(None if shutil.which(KNOWN["arm64"].qemu) else "qemu-system-aarch64 is not installed")
    kernel = image("debian:6.12/arm64", print, foreign=True)
    heard = answered(kernel, ASKED, tmp_path)
    assert heard.virtual is Virtual.EMULATED
    assert re.fullmatch(r"6\.12\..*-arm64", heard.release)
    made, column = column_of(kernel, heard)
    assert_whole(made, column)
    assert made.checked > 70
    nmi = column.cells["nmi.helpers"]
    assert nmi.verdict is Verdict.UNTRIED, "no tracepoint at NMIs"


@pytest.mark.nightly
def test_a_kernel_without_9p_has_disks(kernel: Kernel, tmp_path: Path) -> None:
    """An NMI is asked for by the console, since the host does not see the files as yet."""
    cloud = kernel("debian:6.12-cloud")
    heard = answered(cloud, ASKED, tmp_path)
    assert "-cloud-" in heard.release
    made, column = column_of(cloud, heard)
    assert_whole(made, column)
    assert column.cells["nmi.helpers"].verdict is Verdict.HOLDS
