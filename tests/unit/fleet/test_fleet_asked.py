from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from bench.errors import UsageError
from bench.fleet.asked import asked_sweep

SWEEP = "cells:\n  - {program: resident, map_size: %s, timeout: %s}\n"


def test_a_packaged_sweep_is_known_by_its_name(tmp_path: Path) -> None:
    found = asked_sweep("quick", tmp_path)
    assert (found.sweep, found.sha256) == ("quick", None)


def test_a_relative_path_begins_in_the_folder(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(SWEEP % (100, "10ms"))
    for source in ("mine.yaml", str(file)):
        found = asked_sweep(source, tmp_path)
        assert (found.sweep, found.name) == (str(file), "mine")
        assert found.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.mark.parametrize("source", ["nosuch", "nosuch.yaml"])
def test_a_sweep_that_is_not_there_is_refused(source: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"cannot read sweep '{tmp_path / source}'"):
        asked_sweep(source, tmp_path)


@pytest.mark.parametrize(
    ("size", "timeout"), [(0, "10ms"), (100, "soon"), (100, "3d"), ("[1k, nothing]", "1ms")]
)
def test_what_no_host_can_measure_is_refused(size: object, timeout: str, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(SWEEP % (size, timeout))
    with pytest.raises(UsageError):
        asked_sweep("mine.yaml", tmp_path)


def test_how_many_cpus_a_host_has_is_judged_there(tmp_path: Path) -> None:
    """Ten times what a host of a few CPUs is allowed to be offered."""
    (tmp_path / "mine.yaml").write_text(SWEEP % ("1M", "1ms"))
    assert asked_sweep("mine.yaml", tmp_path).name == "mine"
