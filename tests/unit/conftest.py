"""Synthetic records: test data with round figures, not measurements."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.cli import console as consoles
from bench.record import (
    Callbacks,
    Distribution,
    HookChoice,
    Ksoftirqd,
    LoadResult,
    ObserverInfo,
    Reserve,
    RunHeader,
    Status,
    TrialRecord,
    Venue,
)
from bench.spec import Cell, Grid, Sweep

MakeRecord = Callable[..., TrialRecord]
CheckGolden = Callable[[str, str], None]


@pytest.fixture(scope="session", autouse=True)
def _nothing_need_survive_a_crash() -> Iterator[None]:
    """Files are not forced to disk, which on a busy host takes most of the time of writing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        yield


@pytest.fixture(autouse=True)
def fresh_consoles() -> Iterator[None]:
    """Consoles are made once per process; tests have another stdout each."""
    made = (consoles.console, consoles.error_console)
    for each in made:
        each.cache_clear()
    yield
    for each in made:
        each.cache_clear()


GOLDEN = Path(__file__).resolve().parent.parent / "golden"
UPDATE = "UPDATE_GOLDEN"


@pytest.fixture(autouse=True)
def no_given_width(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may have set it, as pytest-xdist does."""
    monkeypatch.delenv("COLUMNS", raising=False)


@pytest.fixture
def check_golden() -> CheckGolden:
    """Compare text with ``tests/golden/<name>``; ``UPDATE_GOLDEN=1`` stores it instead."""

    def check(name: str, text: str) -> None:
        path = GOLDEN / name
        if os.environ.get(UPDATE):
            path.write_text(text, encoding="utf-8")
        golden = path.read_text(encoding="utf-8")
        assert text == golden, f"{path} differs; if that is meant, run with {UPDATE}=1"

    return check


def distribution(p50_ns: int) -> Distribution:
    return Distribution(
        count=1_000_000,
        min_ns=100,
        mean_ns=float(p50_ns),
        p50_ns=p50_ns,
        p90_ns=p50_ns * 2,
        p99_ns=p50_ns * 10,
        p999_ns=p50_ns * 50,
        max_ns=p50_ns * 100,
    )


def measured(cell: Cell, p50_ns: int) -> dict[str, Any]:
    """Fields of a record whose figures all follow from one number."""
    load = LoadResult(
        offered_hz=cell.load_hz,
        achieved_hz=float(cell.load_hz or 29_000),
        connections=5_000,
        connections_total=9_000,
        errors={},
        connect=None,
    )
    return {
        "window_ns": 1_000_000_000,
        "callbacks": Callbacks(
            fired=980_000, offered_hz=1e6, fired_hz=1e6 - p50_ns, served=1 - p50_ns / 1e6
        ),
        "lateness": distribution(p50_ns),
        "venue": Venue(idle=5, task=3, ksoftirqd=92),
        "ksoftirqd": Ksoftirqd(
            cpu_ns=400_000_000, cpu_share=p50_ns / 1e5, runq_delay_ns=None, wakeups=7
        ),
        "load": load if cell.has_load else None,
        "hook": HookChoice(used="tp_btf", refused={"fentry": "EPERM"}) if cell.hook else None,
        "reserve": Reserve(used=False, reason="not needed: test data"),
        "observer": ObserverInfo(name="bcc", detail={"headers": "6.1.0-test"}),
    }


@pytest.fixture
def make_cell() -> Callable[..., Cell]:
    def make(**changes: Any) -> Cell:
        fields = {"program": "resident", "map_size": 1_000, "timeout_ns": 100_000_000}
        return Cell(**(fields | changes))

    return make


@pytest.fixture
def make_record(make_cell: Callable[..., Cell]) -> MakeRecord:
    def make(trial: int, *, cell: Cell | None = None, p50_ns: int = 5_000, **more: Any) -> Any:
        cell = cell or make_cell()
        status = more.pop("status", Status.OK)
        figures = {} if status is Status.FAILED else measured(cell, p50_ns)
        fields = {"trial": trial, "block": 1, "status": status, "cell": cell}
        return TrialRecord(**(fields | figures | more))

    return make


@pytest.fixture
def sweep() -> Sweep:
    resident = Grid(program="resident", map_size=["1k", "100k"], timeout="100ms", load=["0", "5k"])
    tcp = Grid(program="tcp", map_size=65_536, timeout="1ms", load=["5k", "max"])
    return Sweep(name="sample", question="Is it late?", seed=7, repeat=3, cells=(resident, tcp))


@pytest.fixture
def header(sweep: Sweep) -> RunHeader:
    return RunHeader(
        run_id="20260102T030405Z-host-sample",
        started="2026-01-02T03:04:05Z",
        seed=7,
        sweep=sweep,
        host={"kernel": "6.18.44-test", "cpu": {"model": "Test CPU", "count": 2}},
        tools={"bench": "0.1.0", "clang": "14.0.6", "bcc": None},
        trials_planned=12,
        command=["bench", "run", "--sweep", "my sweep.yaml"],
    )
