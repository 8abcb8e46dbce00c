"""``bench export`` with the folder of a fleet run, read again by readers that are not ours."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pyarrow.parquet
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from bench.cli.main import cli
from bench.errors import BenchError
from bench.export.parquet import FLEET_KEY
from tests.perf.fleet_scale import RUN, make_fleet


def export(*words: object) -> int:
    arguments = ["export", *map(str, words)]
    return int(cli.main(args=arguments, prog_name="bench", standalone_mode=False))


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """Two hosts of three trials each, and one without a run."""
    folder = tmp_path / "fleet"
    folder.mkdir()
    make_fleet(folder, RUN, 2, 3)
    content = json.loads((folder / "fleet.json").read_text())
    content["hosts"]["silent"] = {"variables": {}, "trouble": "it does not answer"}
    (folder / "fleet.json").write_text(json.dumps(content))
    return folder


def test_every_row_names_its_host(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 4: one host has no run."""
    assert export(fleet, "--format", "csv") == 4
    printed = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(printed.out, newline="")))
    assert [row["fleet_host"] for row in rows] == ["host0000"] * 3 + ["host0001"] * 3
    assert [row["trial"] for row in rows] == ["1", "2", "3"] * 2
    assert "warning: silent has no run" in printed.err


def test_parquet_and_openmetrics_have_the_same(
    fleet: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "fleet.parquet"
    assert export(fleet, "--format", "parquet", "-o", target) == 4
    table = pyarrow.parquet.read_table(target)
    assert table.column("fleet_host").to_pylist() == ["host0000"] * 3 + ["host0001"] * 3
    kept = json.loads(table.schema.metadata[FLEET_KEY.encode()])
    assert kept["fleet_id"] == "fleet"
    capsys.readouterr()
    assert export(fleet, "--format", "openmetrics") == 4
    families = list(text_string_to_metric_families(capsys.readouterr().out))
    lateness = next(f for f in families if f.name == "bpf_timer_bench_lateness_p50_seconds")
    assert {s.labels["fleet_host"] for s in lateness.samples} == {"host0000", "host0001"}


def test_curves_of_hosts_go_to_folders_of_their_own(fleet: Path, tmp_path: Path) -> None:
    assert export(fleet, "--format", "hgrm", "-o", tmp_path / "curves") == 4
    found = {path.parent.name for path in (tmp_path / "curves").rglob("*.hgrm")}
    assert found == {"host0000", "host0001"}


def test_a_fleet_without_a_run_is_an_error_that_says_where_to_look(
    fleet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for file in fleet.glob("*/*/run.json"):
        file.unlink()
    with pytest.raises(BenchError, match="has no trial to export"):
        export(fleet, "--format", "csv")
