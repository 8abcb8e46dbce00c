from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet
import pytest
from hdrh.histogram import HdrHistogram
from prometheus_client.openmetrics.parser import text_string_to_metric_families

import bench
from bench.cli.main import main
from bench.record import RunHeader, TrialRecord
from bench.store import RunFolder

PUBLISHED = sorted(Path(bench.__file__).parents[1].glob("results/*/run.json"))
Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(capsysbinary: pytest.CaptureFixture[bytes]) -> Call:
    def run(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["export", *map(str, arguments)])
        out, err = capsysbinary.readouterr()
        return int(str(ended.value.code)), out.decode(), " ".join(err.decode().split())

    return run


@pytest.mark.parametrize("file", PUBLISHED, ids=lambda path: path.parent.name)
def test_a_published_run_in_every_format(call: Call, tmp_path: Path, file: Path) -> None:
    run = file.parent
    records = RunFolder.open(run).records()
    code, text, _ = call(run, "--format", "csv")
    assert code == 0
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [int(row["trial"]) for row in rows] == [record.trial for record in records]

    assert call(run, "--format", "parquet", "-o", tmp_path / "run.parquet")[0] == 0
    table = pyarrow.parquet.read_table(tmp_path / "run.parquet")
    assert table.column_names == list(rows[0])

    code, text, _ = call(run, "--format", "openmetrics")
    assert code == 0 and len(list(text_string_to_metric_families(text))) > 50

    code, _, said = call(run, "--format", "hgrm", "--per", "trial", "-o", tmp_path / "curves")
    assert code == 0 and said.startswith("Written: ")
    for record in records:
        if record.lateness and record.lateness.hdr and record.lateness.count:
            total = HdrHistogram.decode(record.lateness.hdr).get_total_count()
            curve = tmp_path / "curves" / f"trial-{record.trial:05d}-lateness.hgrm"
            assert f"Total count    = {total:12d}]" in curve.read_text(encoding="ascii")
    names = {path.name for path in (tmp_path / "curves").glob("*.hgrm")}
    with (tmp_path / "curves" / "index.csv").open(encoding="utf-8") as index:
        assert {row["file"] for row in csv.DictReader(index)} == names


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--format", "parquet"], "--format parquet cannot go to stdout next: Add --output"),
        (["--format", "hgrm"], "--format hgrm cannot go to stdout next: Add --output"),
        (["--format", "csv", "--per", "cell"], "--per with --format csv next: Leave --per out"),
        (["--format", "csv", "-o", "."], "--output . is a folder next: Name a file in it"),
        (["--format", "xml"], "'xml' is not one of 'csv', 'parquet', 'hgrm', 'openmetrics'"),
    ],
)
def test_wrong_requests_are_usage_errors(call: Call, options: list[str], problem: str) -> None:
    code, out, said = call(PUBLISHED[0].parent, *options)
    assert (code, out) == (2, "")
    assert problem in said


def test_without_pyarrow_the_error_names_the_extra(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    target = tmp_path / "run.parquet"
    code, _, said = call(PUBLISHED[0].parent, "--format", "parquet", "-o", target)
    assert code == 4 and not target.exists()
    assert "pyarrow, which is not installed" in said and "pip install '.[parquet]'" in said


def test_a_run_without_histograms_says_so(
    call: Call, tmp_path: Path, header: RunHeader, make_record: Callable[..., TrialRecord]
) -> None:
    folder = RunFolder.create(tmp_path, header)
    folder.append(make_record(1, lateness=None))
    code, _, said = call(folder.path, "--format", "hgrm", "-o", tmp_path / "curves")
    assert code == 4 and "has no histogram to export" in said
    assert not (tmp_path / "curves").exists()


@pytest.mark.parametrize("format_", ["csv", "parquet", "hgrm", "openmetrics"])
def test_a_run_without_a_trial_has_nothing_to_export(
    call: Call, tmp_path: Path, header: RunHeader, format_: str
) -> None:
    folder = RunFolder.create(tmp_path / "results", header)
    code, text, said = call(folder.path, "--format", format_, "-o", tmp_path / "out")
    assert code == 4 and text == "" and not (tmp_path / "out").exists()
    assert f"{folder.path} has no trial to export next: Measure it with: bench run" in said
