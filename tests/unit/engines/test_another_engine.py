"""An engine is declared once, and is then everywhere: an imaginary one is added and looked for."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bench.drivers.registry import find_driver
from bench.engines import base, opening
from bench.engines.base import EngineObject
from bench.engines.registry import OBJECTS
from bench.record import RunHeader, TrialRecord
from bench.spec import ENGINES, Cell, Engine, EngineFacts
from bench.store import RunFolder

FACTS = EngineFacts(
    meaning="an hourglass that somebody turns", programs=("resident",), cpu_measure="sand_cpu_ns"
)
DECLARED = f"""
import sys
from bench.spec.engines import EngineFacts, declare
hourglass = declare("hourglass", EngineFacts(
    meaning={FACTS.meaning!r}, programs={FACTS.programs!r}, cpu_measure={FACTS.cpu_measure!r}
))
"""
MEASURED = """
from bench.engines.base import EngineObject
from bench.engines.registry import OBJECTS
class Hourglass(EngineObject):
    engine = hourglass
OBJECTS[hourglass] = Hourglass()
"""
MAIN = """
from bench.cli.main import main
main(sys.argv[1:])
"""


def bench(*words: str | Path) -> str:
    """What a ``bench`` with one more engine answers."""
    script = DECLARED + (MEASURED if words[0] == "run" else "") + MAIN
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def hourglass(monkeypatch: pytest.MonkeyPatch) -> Engine:
    engine = Engine("hourglass", FACTS)
    monkeypatch.setitem(ENGINES, "hourglass", engine)
    return engine


def test_the_command_line_offers_it() -> None:
    assert "hourglass" in bench("run", "--help")
    assert "hourglass" in bench("run", "--list")


def test_a_sweep_may_ask_for_it_and_cells_are_named_after_it() -> None:
    plan = "run --program resident --engine hourglass --controls none --dry-run".split()
    assert "resident 65536 x 100ms, load 0, engine hourglass" in bench(*plan)


def test_reports_compare_it_with_the_timer(
    tmp_path: Path,
    header: RunHeader,
    make_cell: Callable[..., Cell],
    make_record: Callable[..., TrialRecord],
    hourglass: Engine,
) -> None:
    folder = RunFolder.create(tmp_path, replace(header, trials_planned=6))
    for trial in range(1, 7):
        engine = hourglass if trial % 2 else Engine.BPF_TIMER
        record = make_record(trial, cell=make_cell(engine=engine), window_ns=1_000_000_000)
        folder.append(replace(record, measures={"sand_cpu_ns": 500_000_000} if trial % 2 else {}))
    folder.finish()
    shown = bench("report", folder.path, "--output", tmp_path / "out")
    text = (folder.path / "report.md").read_text()
    page = (tmp_path / "out" / "report.html").read_text()
    assert "hourglass" in shown and "hourglass" in text and "hourglass" in page


def test_a_trial_of_it_is_opened_by_its_object(
    hourglass: Engine, make_cell: Callable[..., Cell], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Hourglass(EngineObject):
        engine = hourglass

        def opened(self, *given: object) -> base.Opened:
            return base.Opened("sand")  # type: ignore[arg-type]

    monkeypatch.setitem(OBJECTS, hourglass, Hourglass())
    cell = make_cell(engine="hourglass")
    assert cell.engine is hourglass
    ready = opening.opened(find_driver("resident"), cell, None, {})  # type: ignore[arg-type]
    assert ready.session == "sand"


def test_every_engine_has_an_object() -> None:
    assert list(OBJECTS) == list(ENGINES.values())
