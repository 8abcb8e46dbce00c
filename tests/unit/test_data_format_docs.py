"""docs/data-format.md names every field of run.json, trials.jsonl, series and exports, no other."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from bench.cli.ab import AB_FILE
from bench.cli.capacity import CAPACITY_FILE
from bench.export import columns as exported
from bench.export.hgrm import INDEX_COLUMNS, INDEX_FILE
from bench.host.tools import tool_versions
from bench.reason import Code
from bench.record import (
    FORMAT,
    Calibration,
    Cell,
    CellPilot,
    Cost,
    Definitions,
    Distribution,
    Outlier,
    PairedQuestion,
    Recording,
    RunHeader,
    Sweep,
    TotalCost,
    TrialRecord,
)
from bench.spec import Grid
from bench.store import KNOWN_FORMATS, schemas
from bench.store.run_folder import RunFolder
from bench.trial.measurement import Sample

TOP = Path(__file__).resolve().parents[2]
TEXT = (TOP / "docs" / "data-format.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return re.split(r"^## ", TEXT.partition(f"\n## {title}\n")[2], maxsplit=1, flags=re.M)[0]


def tables(title: str) -> list[dict[str, set[str]]]:
    """Tables of a section: what the first cell of a row names -> what the row names."""
    found: list[dict[str, set[str]]] = []
    for line in section(title).splitlines():
        if line.startswith("| ---"):
            found.append({})
        elif line.startswith("| `") and found:
            first, *rest = line.strip("| ").split(" | ")
            for name in re.findall(r"`([^`]+)`", first):
                found[-1][name] = set(re.findall(r"`([^`]+)`", " ".join(rest)))
    return found


def names(cls: type) -> set[str]:
    return {item.name for item in fields(cls)}


def classes(cls: type) -> dict[str, type]:
    """Fields of a record that are objects: their name -> their class."""
    found = {}
    for name, hint in get_type_hints(cls).items():
        parts = (hint, *get_args(hint))
        inner = next((part for part in parts if is_dataclass(part)), None)
        if inner and get_origin(hint) is not dict:
            found[name] = inner
    return found


OBJECTS: dict[str, dict[str, set[str]]] = {
    "run.json": {
        "sweep": names(Sweep),
        "cells": names(Grid),
        "tools": set(tool_versions()),
        "definitions": names(Definitions),
        "ab": names(PairedQuestion),
        "calibration": names(Calibration),
        "pilots": names(CellPilot),
        "recording": names(Recording),
    },
    "trials.jsonl": {
        name: names(cls)
        for name, cls in (classes(TrialRecord) | classes(Cost)).items()
        if cls is not Sweep
    },
}
WORDS = {
    "auto",
    "null",
    "p99-lateness",
    "timeout_ns",
    "bench compare",
    "bench ab",
    "kernel.timer_migration=0",
    "yes",
    "bench/",
    "bpf/",
    "bpf_timer_init",
    "docs/method.md",
    "run.json",
}
"""What rows say besides names of fields and values of axes."""


@pytest.mark.parametrize(("title", "cls"), [("run.json", RunHeader), ("trials.jsonl", TrialRecord)])
def test_every_field_has_a_row_and_every_row_a_field(title: str, cls: type) -> None:
    assert set(tables(title)[0]) == names(cls)


def test_every_code_has_a_row_and_every_row_a_code() -> None:
    assert set(tables("trials.jsonl")[1]) == set(Code)


def test_the_history_begins_with_the_format_that_is_written() -> None:
    dated = re.findall(
        r"^- \*\*Format (\d+)\*\* \(.*?(\d{4}-\d\d-\d\d)\):", section("History"), re.M
    )
    assert [int(number) for number, _ in dated] == sorted(KNOWN_FORMATS, reverse=True)
    assert sorted((day for _, day in dated), reverse=True) == [day for _, day in dated]
    for title in OBJECTS:
        assert f"| `format` | {FORMAT}, " in section(title)


@pytest.mark.parametrize("title", OBJECTS)
def test_every_object_tells_its_fields(title: str) -> None:
    told = tables(title)[-1]
    assert set(told) == set(OBJECTS[title])
    for name, expected in OBJECTS[title].items():
        assert expected <= told[name], f"{name} lacks {sorted(expected - told[name])}"
        strange = told[name] - expected - WORDS
        assert not strange, f"{name} has no {sorted(strange)}"


def test_what_is_no_object_of_its_own_is_known() -> None:
    """So that no class of the record can be left out above."""
    known = set(classes(TrialRecord).values()) | {
        Distribution,
        Outlier,
        Cell,
        Sweep,
        Grid,
        Calibration,
        CellPilot,
        Definitions,
        PairedQuestion,
        Recording,
        TotalCost,
    }
    defined = {
        name
        for schema in schemas().values()
        for name, value in schema["$defs"].items()
        if "properties" in value
    }
    assert defined == {cls.__name__ for cls in known}


def families() -> list[str]:
    """Columns that are there for some runs only, as documentation writes their names."""
    written = {
        "cell_options": "cell_option_NAME",
        "cost_timeline_ns": "cost_timeline_STEP_ns",
        "distributions": "distribution_NAME_p99_ns",
        "errors": "error_OPERATION_ERRNO",
        "measures": "measure_NAME",
        "recursion_misses": "recursion_misses_PROGRAM",
        "softirq_count": "softirq_VECTOR_count",
        "softirq_ns": "softirq_VECTOR_ns",
        "softirq_thread_count": "softirq_VECTOR_thread_count",
        "softirq_thread_ns": "softirq_VECTOR_thread_ns",
        "softirq_total": "softirq_VECTOR_total",
        "stages": "stage_NAME_p99_ns",
    }
    assert set(written) == set(exported._NAMED), "a family is new: document it"
    by_key = [
        f"{record}_{name}_{'CPU' if name.endswith('by_cpu') else 'ERRNO'}"
        for record, cls in classes(TrialRecord).items()
        for name, hint in get_type_hints(cls).items()
        if hint == dict[str, int] and f"{record}_{name}" not in written
    ]
    return [*written.values(), *by_key]


@pytest.mark.parametrize("family", families())
def test_every_family_of_exported_columns_is_documented(family: str) -> None:
    assert f"`{family}`" in section("Exported tables")


def test_exported_columns_begin_and_end_as_documented(header: RunHeader, make_record: Any) -> None:
    found = [column.name for column in exported.columns(header, [make_record(1)])]
    (told,) = tables("Exported tables")
    of_run = [name for name in found if name.startswith("run_")]
    assert [name for name in told if name.startswith("run_")] == of_run == found[: len(of_run)]
    first, last = re.findall(r"^\| `(\w+)` \.\.\. `(\w+)` \|", section("Exported tables"), re.M)[0]
    assert (first, last) == (found[len(of_run)], found[-1])
    for name in exported._UNITS.values():
        assert f"`{name}`" in section("Exported tables") and name in found
    hgrm = section("Exported tables").partition(f"`{INDEX_FILE}`")[2].partition("- **open")[0]
    assert set(INDEX_COLUMNS) <= set(re.findall(r"`(\w+)`", hgrm))


def test_files_are_called_as_documented(tmp_path: Path, header: RunHeader) -> None:
    folder = RunFolder.create(tmp_path, header)
    folder.save_samples(4, {})
    made = {path.relative_to(folder.path).as_posix() for path in folder.path.rglob("*.*")}
    listed = set(re.findall(r"^      ([\w./]+)  ", TEXT.partition("The definition")[0], re.M))
    assert made == {"run.json", "trials.jsonl", "samples/00004.npz"} and made <= listed
    assert {AB_FILE, CAPACITY_FILE} <= listed


def test_every_time_series_has_a_row() -> None:
    rows = [line for line in section("Time series").splitlines() if line.startswith("| `")]
    named = re.findall(r"`(\w+)`", " ".join(row.split("|")[1] for row in rows))
    assert sorted(named) == sorted(Sample.__dataclass_fields__)
