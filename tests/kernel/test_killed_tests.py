"""What tests made in the kernel that were killed is gone before the next ones begin."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from bench.host.mounts import find_mounts
from tests.kernel.confinement import folder as cgroups
from tests.orphans import MARK, take_away
from tests.running import running

SUITE = """
import subprocess, sys, time
from pathlib import Path
from tests.kernel.confinement import confined
from tests.orphans import mark, name_of
mark()
bpffs, tracefs, temporary = map(Path, sys.argv[1:])
(temporary / ".lock").write_text(str(__import__("os").getpid()))
disk = temporary / "a disk"
disk.mkdir()
subprocess.run(["mount", "-t", "tmpfs", "none", disk], check=True)
(bpffs / name_of("0") / "maps").mkdir(parents=True)
(tracefs / "instances" / name_of()).mkdir()
with confined("memory", str(1 << 30)) as group:
    script = 'echo $$ >"$0" && exec sleep 600'
    subprocess.Popen(["sh", "-c", script, group / "cgroup.procs"], start_new_session=True)
    while not (group / "cgroup.procs").read_text():
        time.sleep(0.01)
    print("made", flush=True)
    time.sleep(600)
"""
"""Tests that stop in the midst of what they do."""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of another test run."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    made = tmp_path / "pytest-of-root/pytest-7"
    made.mkdir(parents=True)
    return made


def made_by(pid: int, bpffs: Path, tracefs: Path, temporary: Path) -> dict[str, bool]:
    """What is there of these tests."""
    return {
        "pins": (bpffs / f"bench-test-{pid}-0").exists(),
        "trace instance": (tracefs / f"instances/bench-test-{pid}").exists(),
        "group": (cgroups("memory") / f"bench-test-{pid}").exists(),
        "mount": (temporary / "a disk").is_mount(),
    }


def test_all_is_taken_away_once_the_tests_are_dead_and_nothing_before(temporary: Path) -> None:
    mounts = find_mounts()
    assert mounts.bpffs and mounts.tracefs
    places = (mounts.bpffs, mounts.tracefs, temporary)
    own = {name: value for name, value in os.environ.items() if name != MARK}
    with running([sys.executable, "-c", SUITE, *map(str, places)], env=own) as suite:
        assert suite.stdout is not None
        assert suite.stdout.readline() == "made\n"
        take_away()
        assert all(made_by(suite.pid, *places).values()), made_by(suite.pid, *places)
        suite.kill()
        suite.wait()
        take_away()
        assert not any(made_by(suite.pid, *places).values()), made_by(suite.pid, *places)
