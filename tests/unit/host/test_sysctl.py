from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import pytest

from bench.errors import BenchError, UsageError
from bench.host.sysctl import Sysctl, path_of, put_back
from tests.running import running
from tests.waiting import wait_until

HELD = """
import sys, time
from pathlib import Path
from bench.host.sysctl import Sysctl
root = Path(sys.argv[1])
with Sysctl("kernel.knob", root / "note", root) as setting:
    setting.set("0")
    print("set", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Like /proc/sys, with one setting, which is 1."""
    (tmp_path / "kernel").mkdir()
    (tmp_path / "kernel/knob").write_text("1\n")
    return tmp_path


def knob(root: Path) -> str:
    return (root / "kernel/knob").read_text().strip()


def test_it_is_put_back_at_the_end(root: Path) -> None:
    note = root / "run/note"
    with Sysctl("kernel.knob", note, root) as setting:
        assert json.loads(note.read_text())["value"] == "1"
        setting.set("0")
        assert knob(root) == "0"
    assert knob(root) == "1" and not note.exists()


def test_it_is_put_back_after_an_error(root: Path) -> None:
    with pytest.raises(RuntimeError), Sysctl("kernel.knob", root / "note", root) as setting:
        setting.set("0")
        raise RuntimeError
    assert knob(root) == "1" and not (root / "note").exists()


def test_it_is_put_back_when_the_measurement_is_killed(root: Path) -> None:
    with running([sys.executable, "-c", HELD, str(root)]) as held:
        assert held.stdout and held.stdout.readline() == "set\n"
        assert knob(root) == "0"
        os.kill(held.pid, signal.SIGKILL)
        wait_until("the guard that puts it back", lambda: not (root / "note").exists())
    assert knob(root) == "1"


def test_what_was_left_with_its_guard_killed_is_put_back_first(root: Path) -> None:
    note = root / "note"
    note.write_text(json.dumps({"path": str(root / "kernel/knob"), "value": "1"}))
    (root / "kernel/knob").write_text("0\n")
    with Sysctl("kernel.knob", note, root) as setting:
        setting.set("0")
    assert knob(root) == "1"


def test_somebody_else_who_changes_it_is_noticed(root: Path) -> None:
    with Sysctl("kernel.knob", root / "note", root) as setting:
        setting.set("0")
        (root / "kernel/knob").write_text("7\n")
        with pytest.raises(BenchError, match=r"knob is '7', but was set to '0'"):
            setting.set("1")


def test_a_note_that_cannot_be_read_is_said(root: Path) -> None:
    (root / "note").write_text("{}")
    with pytest.raises(BenchError, match="cannot read"):
        put_back(root / "note")
    assert put_back(root / "no-note") is None


@pytest.mark.parametrize("name", ["kernel.none", "kernel", "../etc/passwd", "kernel..knob", ""])
def test_only_settings_of_this_kernel_have_a_path(name: str, root: Path) -> None:
    with pytest.raises(UsageError, match="this kernel has no such setting"):
        path_of(name, root)


def test_slashes_are_for_names_with_dots(root: Path) -> None:
    assert path_of("kernel/knob", root) == path_of("kernel.knob", root) == root / "kernel/knob"
