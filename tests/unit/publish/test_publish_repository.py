"""README's answer and the table of runs, as Markdown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.analysis.answers.question import Sentence
from bench.publish.catalogue import Entry, newest_first
from bench.publish.questions import PREFERRED
from bench.publish.repository import MOST_LINES, answer_lines, run_table
from bench.record import RunHeader
from bench.spec import Sweep

KVM = {"hypervisor": "kvm", "cpu_model": "A CPU", "cpus_online": "0-1", "kernel_release": "6.18"}


def entry(header: RunHeader, sweep: Sweep, day: int, **changes: Any) -> Entry:
    fields = {"started": f"2026-01-{day:02d}T00:00:00Z", "host": KVM}
    made = replace(header, sweep=sweep, **(fields | changes))
    return Entry(path=Path(f"results/{day}-{sweep.name}"), header=made, records=())


def rows_of(entries: list[Entry]) -> list[list[str]]:
    lines = str(run_table(newest_first(entries))).splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def test_runs_come_by_question_and_the_newest_first(header: RunHeader, sweep: Sweep) -> None:
    names = ("quick", "gate", "connections", "gate", "mine")
    runs = [
        entry(header, replace(sweep, name=name, question="Is it?"), day)
        for day, name in enumerate(names, 1)
    ]
    found = [row[0] for row in rows_of(runs)]
    assert found == [
        f"[{name}]({name}/report.md)"
        for name in ("3-connections", "4-gate", "2-gate", "1-quick", "5-mine")
    ]


def test_a_row_has_host_and_trials_of_the_header(header: RunHeader, sweep: Sweep) -> None:
    bare = {"hypervisor": "none", "cpu_model": "B | CPU", "kernel_release": "6.1"}
    exact = replace(sweep, name="gate", repeat=24, precision=0.05, question="")
    first = entry(header, replace(sweep, name="quick", repeat=5), 1)
    runs = [first, entry(header, replace(sweep, name="quick"), 2), entry(header, exact, 3)]
    runs.append(entry(header, replace(sweep, name="mine"), 4, host=bare))
    gate, newer, older, mine = rows_of(runs)
    host = "virtual machine (kvm), A CPU, CPUs 0-1, Linux 6.18"
    assert gate[1:] == [host, "24 or more", "Sweep gate"]
    assert newer[1:] == ["the same", "3", "Is it late?"] and older[1:3] == ["the same", "5"]
    assert mine[1] == "bare metal, B \\| CPU, Linux 6.1"


def test_the_answer_has_the_preferred_point_and_short_lines_and_no_more_than_its_room() -> None:
    engines = tuple(f"engine {number}" for number in range(9))
    answer = (
        Sentence("Which engine", "earliest", "decision"),
        Sentence("ksoftirqd", "takes over in no cell", "venues"),
        Sentence("In production", "What it met:", "production", ("memory", "it refuses <x>")),
        Sentence("A timer on every connection", "2k connections/s:", "alternatives", ("other",)),
        Sentence("A timer on every connection", f"{PREFERRED}:", "alternatives", engines),
    )
    lines = answer_lines("connections", answer)
    assert lines[0] == f"- **A timer on every connection.** {PREFERRED}:"
    assert lines[1:3] == ["  - engine 0", "  - engine 1"]
    assert lines[-2:] == [
        "- **ksoftirqd.** takes over in no cell",
        "- **In production.** What it met: it refuses &lt;x&gt;",
    ]
    assert len(lines) == MOST_LINES
    assert len(answer_lines("connections", answer[:-2])) == 2 and not answer_lines("quick", ())
