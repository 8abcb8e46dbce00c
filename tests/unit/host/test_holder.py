"""Who measures: told by the process itself, to any other process, and gone with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.host import exclusive, lock_map
from bench.host.exclusive import measuring, sole_measurement
from bench.host.holder import Holder, holder_of
from tests.running import running

MEASURE = """
import os
import sys
from pathlib import Path
from bench.host import exclusive, lock_map
lock_map.NAME = f"t{os.getpid()}"
exclusive.LOCKED = Path(sys.argv.pop(1))
with exclusive.sole_measurement() as note:
    print("locked", flush=True)
    sys.stdin.readline()
    note.tell_run(Path("results/20260102T030405Z-here-quick"))
    print("begun", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "locked"
    file.write_text("")
    monkeypatch.setattr(exclusive, "LOCKED", file)
    monkeypatch.setattr(exclusive, "GLANCE_S", 0.01)
    monkeypatch.setattr(lock_map, "NAME", f"T{os.getpid()}")
    return file


@pytest.fixture
def other(locked: Path, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that measures; a line lets it begin its run, another one ends it."""
    command = [sys.executable, "-c", MEASURE, str(locked), "run", "--sweep", "quick"]
    root = str(Path(exclusive.__file__).parents[2])
    env = os.environ | {"BENCH_OWNER": "fleet-7", "PYTHONPATH": root}
    with running(command, stdin=subprocess.PIPE, cwd=tmp_path, env=env) as process:
        assert process.stdout is not None and process.stdout.readline() == "locked\n"
        yield process


def begin(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    assert process.stdout.readline() == "begun\n"


def test_who_measures_is_told_as_soon_as_the_lock_is_held(other: subprocess.Popen[str]) -> None:
    seen = measuring()
    assert seen is not None
    assert (seen.pid, seen.owner, seen.run) == (other.pid, "fleet-7", None)
    assert seen.command == ["bench", "run", "--sweep", "quick"]
    assert seen.since is not None and seen.since.endswith("Z")


def test_a_second_operator_reads_whose_run_it_is(
    other: subprocess.Popen[str], tmp_path: Path
) -> None:
    begin(other)
    seen = measuring()
    assert seen is not None and seen.run == f"{tmp_path}/results/20260102T030405Z-here-quick"
    with pytest.raises(BenchError) as caught, sole_measurement(wait_s=0):
        pass
    assert caught.value.problem == (
        f"another bench is measuring on this host: pid {other.pid}, "
        f"run 20260102T030405Z-here-quick, of fleet-7, since {seen.since}, "
        "bench run --sweep quick"
    )


def test_nothing_is_left_of_a_killed_one(other: subprocess.Popen[str]) -> None:
    other.kill()
    other.wait()
    assert measuring() is None


def test_looking_keeps_nobody_from_measuring(locked: Path) -> None:
    assert measuring() is None
    with sole_measurement(wait_s=0):
        assert measuring() == holder_of(os.getpid())


def test_a_kernel_without_btf_measures_nothing(locked: Path) -> None:
    locked.unlink()
    assert measuring() is None


def test_a_process_without_a_note_is_known_by_its_pid(tmp_path: Path) -> None:
    assert holder_of(7, tmp_path) == Holder(pid=7)
    assert str(Holder(pid=7)) == "pid 7"
    assert str(Holder()) == "pid unknown"


def test_the_command_for_roles_prints_one_document_and_needs_no_numpy() -> None:
    # Its own lock file, so that the test neither waits for a measurement nor sees one.
    program = (
        "import sys; from pathlib import Path; from bench.host import exclusive, state;"
        "exclusive.LOCKED = Path('/nonexistent'); state.main();"
        "assert not {'numpy', 'click', 'pydantic'} & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == {"measuring": False, "holder": None}
