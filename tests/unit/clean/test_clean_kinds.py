"""What is found, and what is left alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bench.clean import kinds
from bench.host.owner import scratch_prefix
from tests.dead import dead_pid


def test_a_namespace_of_a_dead_process_is_found(tmp_path: Path) -> None:
    dead, ours = dead_pid(), os.getpid()
    for name in (f"btb-{dead}-0-c", f"btb-{ours}-0-c", "btb-x-0-c", "btlab-sut1", "other"):
        (tmp_path / name).touch()
    assert [found.name for found in kinds.namespaces(tmp_path)] == [f"btb-{dead}-0-c"]


def test_a_folder_of_a_dead_process_goes_with_all_in_it(tmp_path: Path) -> None:
    dead, ours = dead_pid(), os.getpid()
    left, kept = f"{scratch_prefix('guest', dead)}x", f"{scratch_prefix('guest', ours)}x"
    for name in (left, kept, "bench-guest-x", "mine"):
        (tmp_path / name / "deep").mkdir(parents=True)
    (tmp_path / f"{scratch_prefix('probe', dead)}y").touch()
    found = list(kinds.folders(tmp_path))
    assert [Path(one.name).name for one in found] == [
        left, f"{scratch_prefix('probe', dead)}y",
    ]  # fmt: skip
    assert [one.kind for one in found] == ["temporary folder", "temporary file"]
    for one in found:
        one.remove()
    assert len(list(tmp_path.iterdir())) == 3


def test_a_link_is_removed_and_not_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    link = tmp_path / f"{scratch_prefix('guest', dead_pid())}x"
    link.symlink_to(tmp_path / "precious")
    (found,) = kinds.folders(tmp_path)
    found.remove()
    assert not link.is_symlink() and (tmp_path / "precious").is_dir()


def test_half_written_files_of_the_cache(tmp_path: Path) -> None:
    dead, ours = dead_pid(), os.getpid()
    (tmp_path / "kernels").mkdir()
    (tmp_path / "kernels" / f"linux-image-6.1.{dead}.partial").mkdir()
    for name in (f"tcp.bpf-0ab.{dead}.tmp", f"tcp.bpf-0ab.{ours}.tmp", "tcp.bpf-0ab.o", "a.tmp"):
        (tmp_path / name).touch()
    names = [Path(found.name).name for found in kinds.half_written(tmp_path)]
    assert names == [f"tcp.bpf-0ab.{dead}.tmp", f"linux-image-6.1.{dead}.partial"]


def test_a_trace_instance_of_a_dead_process(tmp_path: Path) -> None:
    dead = dead_pid()
    left, kept = scratch_prefix("demo", dead), scratch_prefix("demo", os.getpid())
    for name in (f"{left}trace", f"{kept}trace", "foreign"):
        (tmp_path / "instances" / name).mkdir(parents=True)
    assert [found.pid for found in kinds.trace_instances(tmp_path)] == [dead]


@pytest.mark.parametrize("what", [kinds.namespaces, kinds.folders, kinds.half_written])
def test_where_there_is_no_folder_nothing_is_left(what: object, tmp_path: Path) -> None:
    assert list(what(tmp_path / "none")) == []  # type: ignore[operator]


def test_a_guest_whose_owner_is_dead_is_found_by_its_environment(tmp_path: Path) -> None:
    dead, ours = dead_pid(), os.getpid()
    for pid, owner in ((101, dead), (102, ours)):
        (tmp_path / str(pid)).mkdir()
        environment = f"PATH=/bin\0TMPDIR=/tmp/{scratch_prefix('guest', owner)}x\0TERM=dumb\0"
        (tmp_path / str(pid) / "environ").write_text(environment)
    (tmp_path / "103").mkdir()
    (tmp_path / "103" / "environ").write_text("TMPDIR=/tmp\0")
    assert [(found.name, found.pid) for found in kinds.guests(tmp_path)] == [("101", dead)]


def test_a_lab_whose_maker_is_dead_is_undone_by_what_that_wrote_down(tmp_path: Path) -> None:
    making, undo, lab = tmp_path / "making", tmp_path / "down.sh", tmp_path / "lab"
    undo.write_text('#!/bin/sh\nrmdir "$LAB"\n')
    undo.chmod(0o755)
    lab.mkdir()
    assert list(kinds.labs(making)) == []
    making.write_text(f"{os.getpid()}\n{lab}\n{undo}\n")
    assert list(kinds.labs(making)) == []
    making.write_text(f"{dead_pid()}\n{lab}\n{undo}\n")
    (found,) = kinds.labs(making)
    assert (found.kind, found.name) == ("half-made lab", str(lab))
    found.remove()
    assert not lab.exists()


@pytest.mark.parametrize("text", ["", "12\n", "x\n/lab\n/down.sh\n"])
def test_what_says_nothing_of_a_lab_is_none(text: str, tmp_path: Path) -> None:
    (tmp_path / "making").write_text(text)
    assert list(kinds.labs(tmp_path / "making")) == []
