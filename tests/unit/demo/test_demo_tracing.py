from __future__ import annotations

import os
from pathlib import Path

import pytest

from bench.demo import tracing
from bench.errors import BenchError
from bench.host import printk_event
from bench.host.mounts import Mounts


def fake_tracefs(root: Path, enable: str, set_event: str) -> Path:
    (root / printk_event.EVENT).parent.mkdir(parents=True)
    (root / printk_event.EVENT).write_text(enable)
    (root / "set_event").write_text(set_event)
    return root


def mounted(monkeypatch: pytest.MonkeyPatch, path: Path | None) -> None:
    mounts = Mounts(tracefs=path, bpffs=None, debugfs=None, cgroup2=None)
    monkeypatch.setattr(tracing, "find_mounts", lambda: mounts)


def test_no_tracefs_says_how_to_mount_it(monkeypatch: pytest.MonkeyPatch) -> None:
    mounted(monkeypatch, None)
    with pytest.raises(BenchError, match="not mounted") as caught:
        tracing.tracefs()
    assert "mount -t tracefs" in caught.value.remedy


def test_a_kernel_without_the_event(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    mounted(monkeypatch, tmp_path)
    with pytest.raises(BenchError, match="no trace event for bpf_printk"):
        tracing.tracefs()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printk_event, "SETTLE_S", 0.02)


@pytest.mark.parametrize("before", ["1\n", "1*\n"])
def test_an_event_that_was_enabled_stays_so(before: str, tmp_path: Path) -> None:
    root = fake_tracefs(tmp_path, before, "bpf_trace:bpf_trace_printk\n")
    with printk_event.printk_unchanged(root):
        pass
    assert (root / printk_event.EVENT).read_text() == before
    assert (root / "set_event").read_text() == "bpf_trace:bpf_trace_printk\n"


def test_the_only_event_is_taken_out_without_writing_to_it(tmp_path: Path) -> None:
    root = fake_tracefs(tmp_path, "1\n", "bpf_trace:bpf_trace_printk\n")
    printk_event._disable(root)
    assert (root / "set_event").read_text() == ""
    assert (root / printk_event.EVENT).read_text() == "1\n", "a write would expand the buffer"


def test_an_event_that_a_work_queue_enables_late_is_taken_out_too(tmp_path: Path) -> None:
    root = fake_tracefs(tmp_path, "0\n", "sched:sched_switch\n")
    with printk_event.printk_unchanged(root) as event:
        for _ in range(2):
            (root / printk_event.EVENT).write_text("1\n")
            event.restore()
            assert (root / printk_event.EVENT).read_text() == "0"


def test_events_of_others_stay(tmp_path: Path) -> None:
    root = fake_tracefs(tmp_path, "0\n", "")
    both = "bpf_trace:bpf_trace_printk\nsched:sched_switch\n"
    with printk_event.printk_unchanged(root):
        (root / printk_event.EVENT).write_text("1\n")
        (root / "set_event").write_text(both)
    assert (root / "set_event").read_text() == both
    assert (root / printk_event.EVENT).read_text() == "0"


def test_a_program_that_never_loaded_leaves_nothing_to_undo(tmp_path: Path) -> None:
    root = fake_tracefs(tmp_path, "0\n", "sched:sched_switch\n")
    with pytest.raises(ZeroDivisionError), printk_event.printk_unchanged(root):
        raise ZeroDivisionError
    assert (root / printk_event.EVENT).read_text() == "0\n"


def test_a_line_is_given_once_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    pipe = tracing.TracePipe(path)
    writer = os.open(path, os.O_WRONLY)
    try:
        assert pipe.lines() == []
        os.write(writer, b"one\ntw")
        assert pipe.lines() == ["one"]
        os.write(writer, b"o\n\xff\n")
        assert pipe.lines() == ["two", "\ufffd"]
    finally:
        os.close(writer)
        pipe.close()
