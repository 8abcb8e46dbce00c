"""From a wheel on a bare Debian: every command, without compiler, headers and BCC."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kernel.cli.bare.bare_host import BareHost, bare_host
from tests.kernel.conftest import require

SWEEP = """
name: bare
question: Does a host without a compiler measure?
duration: 300ms
warmup: 50ms
repeat: 1
seed: 7
max_steal: 1.0
controls: none
cells:
  - {program: resident, map_size: 100, timeout: 10ms, observer: core, instrument: stages}
  - {program: churn, map_size: 1000, timeout: 10ms, observer: core}
  - {program: sampler, timeout: 1ms, observer: procfs}
  - {program: tcp, map_size: 16384, timeout: 1ms, load: 200, hook: sockops, observer: core}
  - {program: xdp_gc, timeout: 100ms, options: {packets_hz: 10k, flows: 1k}, observer: core}
  - {program: resident, map_size: 100, timeout: 10ms, observer: core, engine: timerfd}
  - {program: tcp, map_size: 16384, timeout: 10ms, load: 200, hook: sockops, engine: user_gc}
  - program: xdp_health
    map_size: 256
    timeout: 100ms
    options: {packets_hz: 20k, outages_hz: 200, outage_ns: 150ms}
    observer: core
"""


@pytest.fixture(
    scope="module", params=[pytest.param("bookworm", marks=pytest.mark.nightly), "trixie"]
)
def host(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BareHost]:
    overlay = "overlay" in Path("/proc/filesystems").read_text()
    require(None if overlay else "this kernel has no overlayfs, of which the host is made")
    with bare_host(request.param, tmp_path_factory.mktemp("bare")) as made:
        (made.top / "srv/bare.yaml").write_text(SWEEP)
        yield made


def well(host: BareHost, *words: str) -> str:
    done = host.run("bench", *words)
    assert done.returncode == 0, f"{words}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def run(host: BareHost) -> str:
    """A run of all six programs."""
    well(host, "run", "--sweep", "/srv/bare.yaml", "--results", "/srv/results")
    (folder,) = (host.top / "srv/results").iterdir()
    return f"/srv/results/{folder.name}"


def test_nothing_there_compiles(host: BareHost) -> None:
    for tool in ("clang", "gcc", "cc", "bpftool"):
        assert host.run("sh", "-c", f"command -v {tool}").returncode != 0
    assert host.run("/opt/bench/bin/python", "-c", "import bcc").returncode != 0


def test_doctor_finds_what_it_needs(host: BareHost) -> None:
    said = host.run("bench", "doctor")
    assert said.returncode == 0, said.stdout + said.stderr
    assert "came with the tool" in said.stdout


def test_all_six_programs_and_loops_in_c_are_measured(host: BareHost, run: str) -> None:
    text = (host.top / run.lstrip("/") / "trials.jsonl").read_text()
    records = [json.loads(line) for line in text.splitlines()]
    assert len(records) == 8
    assert [r["status"] for r in records] == ["ok"] * 8, [r["reasons"] for r in records]
    assert all(record["ledger"]["lost"] == 0 for record in records)


def test_the_run_names_the_compiler_of_its_programs(host: BareHost, run: str) -> None:
    header = json.loads((host.top / run.lstrip("/") / "run.json").read_text())
    assert "clang version" in header["tools"]["clang"]


@pytest.mark.parametrize("form", ["csv", "openmetrics", "hgrm"])
def test_the_run_is_exported(host: BareHost, run: str, form: str) -> None:
    well(host, "export", run, "--format", form, "--output", f"/srv/export-{form}")


def test_the_run_is_reported_compared_and_published(host: BareHost, run: str) -> None:
    well(host, "report", run)
    assert host.run("bench", "compare", run, run).returncode == 4
    well(host, "publish", "/srv/results", "--output", "/srv/site")
    assert (host.top / "srv/site/index.html").is_file()


def test_limits_are_tried(host: BareHost) -> None:
    rows = json.loads(well(host, "limits", "--json"))
    assert rows


def test_timers_are_watched(host: BareHost) -> None:
    """There are none, which is no answer; that it could look is."""
    said = host.run("bench", "watch", "--duration", "1s", "--json")
    assert said.returncode == 4, said.stderr
    assert json.loads(said.stdout)["maps"] == []


def test_the_demo_shows_connections(host: BareHost) -> None:
    assert well(host, "demo", "--hook", "tp_btf", "--connections", "2")


def test_who_asks_for_a_compiler_learns_what_to_install(host: BareHost) -> None:
    cell = ("--program", "resident", "--engine", "timerfd", "--map-size", "10", "--timeout", "10ms")
    cell += ("--repeat", "1", "--duration", "100ms", "--controls", "none")
    words = ("bench", "run", *cell, "--results", "/srv/refused")
    said = host.run("env", "BENCH_CLANG=clang", *words)
    assert said.returncode != 0
    assert "clang" in said.stderr and "apt-get install" in said.stderr
