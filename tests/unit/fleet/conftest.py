"""Fleets of made-up hosts; test data, not measurements."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.fleet.model import Fleet, HostRun
from bench.fleet.reduce import host_run
from bench.record import RunHeader, Status, TrialRecord
from bench.spec import Cell
from bench.store import RunFolder

MakeHost = Callable[..., HostRun]
MakeFleetFolder = Callable[..., Path]


@pytest.fixture
def cells(make_cell: Callable[..., Cell]) -> tuple[Cell, ...]:
    return tuple(make_cell(map_size=size) for size in (100, 1_000, 10_000, 100_000))


@pytest.fixture
def make_host(
    header: RunHeader, cells: tuple[Cell, ...], make_record: Callable[..., TrialRecord]
) -> MakeHost:
    """A host whose p50 lateness is ``p50_ns`` on every cell.

    ``own`` has others by cell number, ``failed`` errors by trial.
    """

    def make(
        name: str,
        p50_ns: int = 5_000,
        *,
        own: Mapping[int, int] | None = None,
        kernel: str = "6.18",
        variables: Mapping[str, Any] | None = None,
        facts: Mapping[str, str] | None = None,
        failed: Mapping[int, str] | None = None,
    ) -> HostRun:
        own_facts = {"hostname": name, "kernel_release": kernel, "cpu_model": "Test CPU"}
        own_facts |= {"timer_migration": "1"} | dict(facts or {})
        values = {number: p50_ns for number in range(len(cells))} | dict(own or {})
        records = [
            make_record(number + 1, cell=cells[number], p50_ns=value)
            for number, value in values.items()
        ]
        for trial, error in (failed or {}).items():
            cell = records[trial - 1].cell
            records[trial - 1] = make_record(trial, cell=cell, status=Status.FAILED, error=error)
        own_header = replace(
            header, run_id=f"run-{name}", host=own_facts, finished="x", trials_planned=len(records)
        )
        return host_run(name, own_header, records, variables=variables)

    return make


@pytest.fixture
def fleet(make_host: MakeHost) -> Fleet:
    hosts = (
        make_host("a", kernel="6.1", variables={"rack": "left"}),
        make_host("b", 6_000, kernel="6.18", variables={"rack": "right"}),
        HostRun(name="c", trouble="it did not answer"),
    )
    return Fleet(name="f1", hosts=hosts)


@pytest.fixture
def make_fleet_folder(
    tmp_path: Path, header: RunHeader, make_record: Callable[..., TrialRecord]
) -> MakeFleetFolder:
    """A fleet run on disk: records per host; a host with None has no run."""

    def make(records: Mapping[str, int | None]) -> Path:
        folder = tmp_path / "fleet"
        folder.mkdir()
        entries: dict[str, Any] = {}
        for name, count in records.items():
            entries[name] = {"variables": {"rack": 7}, "trouble": None}
            if count is None:
                continue
            host = {"hostname": name, "kernel_release": "6.18"}
            run = RunFolder.create(folder / name, replace(header, host=host, trials_planned=3))
            for trial in range(count):
                run.append(make_record(trial + 1))
            if count == 3:
                run.finish()
        content = {"format": 1, "fleet_id": "f1", "started": "x", "finished": None, "sweep": "s"}
        (folder / "fleet.json").write_text(json.dumps(content | {"hosts": entries}))
        return folder

    return make
