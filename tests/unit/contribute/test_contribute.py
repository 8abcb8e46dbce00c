"""A run that lies is refused at the place; an honest one goes through without its owner's names."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.contribute.check import checked
from bench.contribute.disguise import disguised, write
from bench.histogram import Histogram
from bench.store import RunFolder
from bench.store.run import read_run
from bench.store.run_folder import host_word
from bench.units import NS_PER_S
from tests.unit.contribute.conftest import NAME

LOAD = {
    "offered_hz": 5.0,
    "achieved_hz": 5.0,
    "connections": 5,
    "connections_total": 9,
    "errors": {},
    "connect": None,
}
OPEN = LOAD | {
    "offered_hz": 500.0,
    "achieved_hz": 490.0,
    "intended": 500,
    "connections": 493,
    "connections_total": 900,
    "backlog": 3,
    "missed": 10,
    "unanswered": 0,
}
CLOSED = LOAD | {
    "offered_hz": None,
    "connections": 500,
    "achieved_hz": 500.0,
    "connections_total": 900,
}
DELAY = json.loads(json.dumps(asdict(Histogram.of(np.array([20_000, 30_000] * 100)).summary())))
Change = Callable[[dict[str, Any]], None]


def edited(folder: Path, change: Change, file: str = "trials.jsonl") -> Path:
    """Its first line, or all of ``run.json``, changed."""
    path = folder / file
    if file == "run.json":
        document = json.loads(path.read_text())
        change(document)
        path.write_text(json.dumps(document))
        return folder
    first, *rest = path.read_text().splitlines()
    record = json.loads(first)
    change(record)
    path.write_text("\n".join([json.dumps(record), *rest]) + "\n")
    return folder


def put(path: str, value: Any) -> Change:
    """Set one field, whose names are joined by dots."""

    def change(document: dict[str, Any]) -> None:
        *way, last = path.split(".")
        for name in way:
            document = document[name]
        document[last] = value

    return change


def problems(folder: Path) -> list[str]:
    return [str(finding) for finding in checked(folder)[1]]


def test_an_honest_run_has_nothing_wrong(folder: Path) -> None:
    assert problems(folder) == []


LIES: dict[str, tuple[Change, str]] = {
    "fired": (put("ledger.fired", 7), "ledger.balanced"),
    "rate": (put("callbacks.fired_hz", 1e6), "callbacks.fired_hz"),
    "by CPU": (put("callbacks.by_cpu", {"0": 1}), "callbacks.by_cpu"),
    "percentile": (put("lateness.p50_ns", 1), "lateness.p50_ns"),
    "falling": (put("lateness.max_ns", 0), "percentiles that fall"),
    "histogram": (put("lateness.hdr", "bm9uZQ=="), "lateness.hdr"),
    "idle": (put("cpu_use.idle_ns", [10**15] * 2), "cpu_use.idle_ns"),
    "HTML": (put("error", "<script>alert(1)</script>"), "HTML"),
    "ANSI": (put("notes", ["\x1b[31mred"]), "control characters"),
    "path": (put("notes", ["../../etc/passwd"]), "leads out of a folder"),
    "format": (put("format", 99), "format"),
    "a negative count": (put("callbacks.fired", -1), "corrupted"),
    "no number": (put("callbacks.fired_hz", float("nan")), "a number that nobody measured"),
    "endless": (put("window_ns", 10**400), "a number that nobody measured"),
    "served": (put("callbacks.served", 2.0), "callbacks.served"),
    "tail": (put("lateness.p90_ns", 90_001), "lateness.p90_ns"),
    "mean": (put("lateness.mean_ns", 1.0), "lateness.mean_ns"),
    "minimum": (put("lateness.min_ns", 11_000), "lateness.min_ns"),
    "stolen": (put("cpu_use.steal_ns", [10**15] * 2), "cpu_use.steal_ns"),
    "another window": (put("cpu_use.window_ns", 10**10), "cpu_use.window_ns"),
    "connections": (put("load", OPEN | {"connections": 10**6}), "load.connections"),
    "a faster load": (put("load", OPEN | {"achieved_hz": 900.0}), "load.achieved_hz"),
    "another load": (put("load", OPEN | {"offered_hz": 5e3}), "load.offered_hz"),
    "missed": (put("load", OPEN | {"missed": 501}), "load.missed"),
    "a delay": (put("load", OPEN | {"connect": DELAY | {"p50_ns": 1}}), "load.connect.p50_ns"),
    "the last": (put("load", OPEN | {"connect": DELAY | {"max_ns": 10**9}}), "load.connect.max_ns"),
    "delays": (put("load", OPEN | {"connect": DELAY}), "load.connect.count"),
    "a closed load": (put("load", CLOSED | {"achieved_hz": 9e4}), "load.achieved_hz"),
}


@pytest.mark.parametrize("load", ["OPEN", "CLOSED"])
def test_an_honest_load_has_nothing_wrong(folder: Path, load: str) -> None:
    change = put("load", {"OPEN": OPEN, "CLOSED": CLOSED}[load])
    assert problems(edited(folder, change)) == []


def test_a_runner_that_was_held_up_between_two_readings_is_honest(folder: Path) -> None:
    def held_up(record: dict[str, Any]) -> None:
        record["cpu_use"]["window_ns"] = record["window_ns"] + 4 * NS_PER_S // 10

    assert problems(edited(folder, held_up)) == []


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_in_a_record_is_found_at_its_place(folder: Path, lie: str) -> None:
    change, place = LIES[lie]
    found = problems(edited(folder, change))
    assert found and any(place in each for each in found), found
    assert any("line 1" in each or "trial 0" in each for each in found), found


HEADERS: dict[str, tuple[Change, str]] = {
    "unfinished": (put("finished", None), "not finished"),
    "dirty": (put("tools.git_dirty", "yes"), "changed code"),
    "another id": (put("run_id", "20260101T000000Z-x-quick"), "is of run"),
    "HTML": (put("host.hostname", "<img src=x onerror=alert(1)>"), "HTML"),
    "a future meaning": (put("definitions.quantities", {"p99-lateness": 99}), "has meaning 99"),
    "missing trials": (put("trials_planned", 1000), "of 1000 planned"),
    "a future format": (put("format", 3), "format"),
    "emulated": (put("virtual", "tcg"), "emulated"),
}


@pytest.mark.parametrize("lie", HEADERS)
def test_a_lie_in_the_header_is_found(folder: Path, lie: str) -> None:
    change, place = HEADERS[lie]
    found = problems(edited(folder, change, "run.json"))
    assert any(place in each for each in found), found


def test_a_huge_number_is_an_error_and_not_a_crash(folder: Path) -> None:
    path = folder / "trials.jsonl"
    path.write_text(path.read_text().replace('"window_ns":', f'"window_ns":{"9" * 5000}', 1))
    assert any("line 1" in each for each in problems(folder))


def test_deep_nesting_is_an_error_and_not_a_crash(folder: Path) -> None:
    (folder / "run.json").write_text("[" * 100_000 + "]" * 100_000)
    assert problems(folder)


def test_a_line_that_was_cut_off_is_named(folder: Path) -> None:
    path = folder / "trials.jsonl"
    path.write_bytes(path.read_bytes()[:-40])
    assert any("trials.jsonl, line 3: is no JSON" in said for said in problems(folder))


def test_a_link_is_not_followed(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    shutil.move(folder / "trials.jsonl", secret)
    (folder / "trials.jsonl").symlink_to(secret)
    assert "not a file of its own" in problems(folder)[0]


def test_packed_records_are_not_taken_but_told_how_to_unpack(folder: Path) -> None:
    subprocess.run(["gzip", folder / "trials.jsonl"], check=True)
    assert problems(folder) == [
        f"trials.jsonl: cannot be read: it is packed: gzip -d {folder / 'trials.jsonl.gz'}"
    ]


def test_a_file_without_end_is_not_read(folder: Path) -> None:
    with (folder / "trials.jsonl").open("a") as file:
        os.truncate(file.fileno(), 10 * 2**30)  # Sparse.
    assert "bytes" in problems(folder)[0]


def test_names_of_the_owner_are_replaced(folder: Path, tmp_path: Path) -> None:
    edited(folder, put("notes", [f"{NAME} at 192.0.2.7 and 2001:db8::7 wrote /home/ann/x.yaml"]))
    edited(folder, put("command", ["bench", "run", "--sweep", "/home/ann/x.yaml"]), "run.json")
    run, found = checked(folder)
    assert run is not None and not found
    header, records, told = disguised(run, b"k" * 32)
    target = write(tmp_path / "contributed", header, records)
    text = (target / "run.json").read_text() + (target / "trials.jsonl").read_text()
    for name in (NAME, "192.0.2.7", "2001:db8", "/home"):
        assert name not in text and name not in target.name
    assert {"host.hostname", "command", "trial 0, notes"} <= {each.place for each in told}
    assert checked(target)[1] == []


@pytest.mark.parametrize("host", ["ann_s.example.com", "a_b"])
def test_a_name_is_replaced_as_run_ids_have_it_and_by_its_first_word(
    folder: Path, tmp_path: Path, host: str
) -> None:
    edited(folder, put("host.hostname", host), "run.json")
    edited(folder, put("run_id", f"20260102T030405Z-{host_word(host)}-sample"), "run.json")
    edited(folder, put("notes", [f"{host.partition('.')[0]} was busy, and so was load7"]))
    edited(folder, put("load", LOAD | {"host": "load7.example.com"}))
    run = read_run(RunFolder.open(folder))
    header, records, _ = disguised(run, b"k" * 32)
    target = write(tmp_path / "contributed", header, records)
    text = (target / "run.json").read_text() + (target / "trials.jsonl").read_text()
    for name in (host, host_word(host), host.partition(".")[0], "load7", "example.com"):
        assert name not in text and name not in target.name


def test_timers_of_others_are_not_taken(folder: Path) -> None:
    options = {"map": "annsmap"}
    changes = {"program": "external", "options": options, "map_size": None, "timeout_ns": None}
    edited(folder, lambda record: record["cell"].update(changes))
    assert any("somebody else's program" in each for each in problems(folder))


def test_the_figures_stay_what_they_are(folder: Path, tmp_path: Path) -> None:
    run = read_run(RunFolder.open(folder))
    header, records, _ = disguised(run, b"k" * 32)
    again = read_run(RunFolder.open(write(tmp_path / "contributed", header, records)))
    for ours, theirs in zip(run.records, again.records, strict=True):
        assert (ours.cell, ours.lateness, ours.ledger, ours.cost) == (
            theirs.cell,
            theirs.lateness,
            theirs.ledger,
            theirs.cost,
        )


def test_runs_of_a_host_stay_together_and_keys_do_not(folder: Path) -> None:
    run = read_run(RunFolder.open(folder))
    first, second = disguised(run, b"k" * 32)[0], disguised(run, b"k" * 32)[0]
    assert first.host["hostname"] == second.host["hostname"]
    assert disguised(run, b"j" * 32)[0].host["hostname"] != first.host["hostname"]
