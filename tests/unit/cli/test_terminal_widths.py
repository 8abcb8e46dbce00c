"""Tables at 60, 80 and 120 columns: no word and no figure is broken, and nothing is hidden."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from bench.analysis.findings import findings
from bench.cli.compare_table import show
from bench.cli.doctor import show as show_finding
from bench.cli.limits_table import print_rows
from bench.cli.matrix_table import print_matrix
from bench.compare.result import compare_runs
from bench.compare.text import ORDER
from bench.compare.verdict import Settings
from bench.doctor.probe import Finding, Health
from bench.limits.claim import ClaimRow
from bench.matrix.table import Cell, Claim, KernelColumn, Matrix, rows_of
from bench.record import RunHeader, TrialRecord, Virtual
from bench.report.terminal import print_report
from bench.store import RunFolder
from bench.store.run import Run, read_run
from bench.words.claims import Verdict
from tests.unit.every_kind import cells as cells
from tests.unit.every_kind import records as records

WIDTHS = (60, 80, 120)
WIDE = 2_000
TOP = Path(__file__).resolve().parents[3]
Print = Callable[[Console], None]

FINDINGS = (
    Finding("BTF of the kernel", Health.OK, "/sys/kernel/btf/vmlinux, 4.1 MiB"),
    Finding(
        "BCC",
        Health.LIMITED,
        "python3-bpfcc 0.26, but no headers of the running kernel were found in /lib/modules: "
        "looked for build and source",
        blocks="observer bcc: wake-ups of ksoftirqd, and softirqs seen one by one",
        remedy="apt-get install linux-headers-cloud-amd64, then make setup",
    ),
)
KERNELS = ("linux-image-6.1.0-54-amd64", "linux-image-6.12.117+deb12-amd64", "host")


def limits(out: Console) -> None:
    rows = [
        ClaimRow(
            id=f"map.{name}.inner_of_map",
            group="map",
            claim=f"A bpf_timer cannot be a member of a value of a {name} map",
            source="Documentation/bpf/map_hash.rst",
            method="BPF_MAP_CREATE with BTF",
            expected="EOPNOTSUPP",
            verdict=verdict,
            answer="-EOPNOTSUPP (95): map 'timers' has to have BTF in order to use bpf_timer",
            errno="EOPNOTSUPP",
            reason="",
        )
        for name, verdict in zip(("percpu_hash", "queue", "ringbuf"), Verdict, strict=True)
    ]
    print_rows(out, rows, "6.18.44-test")


def matrix(out: Console) -> None:
    claim = Claim("clock.3", "clock", "bpf_timer_init refuses CLOCK_PROCESS_CPUTIME_ID", "source")
    columns = tuple(
        KernelColumn(
            name=name,
            source="package",
            release="6.1.0-54-amd64",
            virtual=Virtual.EMULATED,
            cells={claim.id: Cell(verdict, "-EINVAL", "")},
        )
        for name, verdict in zip(KERNELS, Verdict, strict=True)
    )
    made = Matrix(("limits",), columns, rows_of([claim], columns), (), 3)
    print_matrix(out, made, everything=True)


def doctor(out: Console) -> None:
    for finding in FINDINGS:
        show_finding(out, finding)


def compare(out: Console) -> None:
    runs = [
        read_run(RunFolder.open(TOP / "tests" / "data" / "aa-second" / name))
        for name in ("base", "new")
    ]
    two = {record.cell for record in runs[0].records[:2]}
    few = [replace(run, records=[r for r in run.records if r.cell in two]) for run in runs]
    show(out, compare_runs(*few, Settings()), ORDER)


def screen(printed: Print, width: int) -> str:
    out = io.StringIO()
    printed(Console(file=out, width=width, highlight=False, emoji=False))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


NAMING = {"claim", "kernel", "metric"}
"""Titles of what names a row: a card has it as its heading."""


def words(text: str) -> set[str]:
    return {word.strip(":") for word in text.split()}


def check_words(printed: Print, width: int) -> None:
    text, wide = screen(printed, width), screen(printed, WIDE)
    shown, wanted = words(text), words(wide) - NAMING
    missing = {word for word in wanted - shown if "\N{BOX DRAWINGS LIGHT HORIZONTAL}" not in word}
    assert not missing, f"broken or hidden at {width} columns: {sorted(missing)[:9]}"
    longest = max(map(len, wanted))
    assert max(map(len, text.splitlines())) <= max(width, longest + 10)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("printed", [limits, matrix, doctor, compare])
def test_no_word_is_broken_and_none_is_hidden(printed: Print, width: int) -> None:
    check_words(printed, width)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("printed", [limits, matrix, doctor, compare])
def test_screens_are_the_golden_ones(
    printed: Print, width: int, check_golden: Callable[[str, str], None]
) -> None:
    check_golden(f"terminal-{printed.__name__}-{width}.txt", screen(printed, width))


@pytest.mark.parametrize("width", WIDTHS)
def test_reports_are_the_golden_ones(
    width: int,
    header: RunHeader,
    records: list[TrialRecord],
    check_golden: Callable[[str, str], None],
) -> None:
    answer = findings([Run(header=header, records=records)]).answer

    def printed(out: Console) -> None:
        print_report(out, header, records, answer)

    assert len(answer) > 4 and screen(printed, width).index("The answer") < 1_000, "it comes first"
    check_words(printed, width)
    check_golden(f"terminal-report-{width}.txt", screen(printed, width))
