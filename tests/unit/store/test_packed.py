from __future__ import annotations

import gzip
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.record import RunHeader, TrialRecord
from bench.store import RunFolder
from bench.store.packed import MOST_BYTES, content, packed, unpack

MakeRecord = Callable[..., TrialRecord]


@pytest.fixture
def run(tmp_path: Path, header: RunHeader, make_record: MakeRecord) -> RunFolder:
    folder = RunFolder.create(tmp_path, header)
    for trial in (1, 2):
        folder.append(make_record(trial))
    return folder


def pack(run: RunFolder) -> Path:
    """As docs/data-format.md says."""
    subprocess.run(["gzip", "-9n", run.path / "trials.jsonl"], check=True)
    return run.path / "trials.jsonl.gz"


def test_packed_records_are_read_as_plain_ones(run: RunFolder) -> None:
    before = run.records()
    assert pack(run).exists() and not (run.path / "trials.jsonl").exists()
    assert RunFolder.open(run.path).records() == before and len(before) == 2


def test_the_plain_file_counts_where_both_are_there(run: RunFolder) -> None:
    shutil.copy(pack(run), run.path / "old.gz")
    unpack(run.path / "trials.jsonl")
    (run.path / "old.gz").rename(run.path / "trials.jsonl.gz")
    (run.path / "trials.jsonl").write_bytes(b"")
    assert run.records() == []


def test_a_run_that_goes_on_is_unpacked_before(run: RunFolder, make_record: MakeRecord) -> None:
    file = pack(run)
    assert run.repair() == [] and not file.exists()
    run.append(make_record(3))
    assert [record.trial for record in run.records()] == [1, 2, 3]


def test_records_put_in_the_place_of_packed_ones_are_all_there_is(
    run: RunFolder, make_record: MakeRecord
) -> None:
    file = pack(run)
    run.replace_records([make_record(7)])
    assert not file.exists() and [record.trial for record in run.records()] == [7]


def test_no_file_has_no_content(tmp_path: Path) -> None:
    assert content(tmp_path / "trials.jsonl") == b""
    unpack(tmp_path / "trials.jsonl")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("data", [b"no gzip", gzip.compress(b"x" * 1_000)[:-9]])
def test_what_cannot_be_unpacked_is_said(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "trials.jsonl"
    packed(file).write_bytes(data)
    with pytest.raises(BenchError, match=r"trials.jsonl.gz cannot be unpacked"):
        content(file)


def test_no_more_is_unpacked_than_may_be_read(tmp_path: Path) -> None:
    file = tmp_path / "trials.jsonl"
    packed(file).write_bytes(gzip.compress(b"0" * (MOST_BYTES + 1), 1))
    with pytest.raises(BenchError, match="over 67,108,864 bytes") as error:
        content(file)
    assert "gzip -d" in error.value.remedy
