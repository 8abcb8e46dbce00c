"""What is in ``results`` names nothing of the machine but what a reader needs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

RESULTS = Path(__file__).resolve().parents[2] / "results"
RUNS = sorted(RESULTS.glob("*/run.json"))


@pytest.mark.parametrize("file", RUNS, ids=lambda file: file.parent.name)
def test_a_published_command_works_on_another_machine(file: Path) -> None:
    command = json.loads(file.read_text())["command"]
    assert command[0] == "bench"
    assert not [word for word in command if word.startswith(("/", "~"))], command
