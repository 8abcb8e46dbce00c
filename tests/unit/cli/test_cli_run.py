from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.campaign import prepare as preparing
from bench.campaign.prepare import planned_trials
from bench.cli import run as module
from bench.cli.main import cli
from bench.engines import bpf_wq
from bench.errors import BenchError, UsageError
from bench.host.fingerprint import fingerprint
from bench.host.promise import VERIFY
from bench.record import RunHeader, Status, TrialRecord
from bench.spec import Sweep
from bench.store import RunFolder
from bench.sweep.sweep_file import packaged_sweeps

Captured = pytest.CaptureFixture[str]
MakeRecord = Callable[..., TrialRecord]
SMALL = tuple(
    "--program resident --map-size 10,20 --repeat 2 --duration 1s --controls none".split()
)


def bench(*words: str) -> int:
    return int(cli.main(args=["run", *words], prog_name="bench", standalone_mode=False))


@pytest.fixture(autouse=True)
def nothing_is_measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*arguments: object, **named: object) -> None:
        raise AssertionError("a unit test must not measure")

    monkeypatch.setattr(module, "Rig", refuse)
    monkeypatch.chdir(tmp_path)


def test_a_plan_lists_every_trial_and_the_time_it_takes(capsys: Captured, tmp_path: Path) -> None:
    assert bench(*SMALL, "--seed", "1", "--dry-run") == 0
    lines = capsys.readouterr().out.splitlines()
    plan, about, power = lines[:4], lines[4], lines[5]
    blocks = [line.split("trial")[0].strip() for line in plan]
    assert blocks == ["block  1", "block  1", "block  2", "block  2"]
    cells = sorted(line.split("  ")[-1] for line in lines[:2])
    assert cells == ["resident 10 x 100ms, load 0", "resident 20 x 100ms, load 0"]
    assert about.startswith("4 trials, about ")
    assert power.startswith("compared with another such run, x") and "reference" in power
    assert lines[6:] and all(line.startswith("risk: ") for line in lines[6:])
    assert list(tmp_path.iterdir()) == [], "nothing may be written"


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize("sweep", packaged_sweeps())
def test_a_plan_tells_the_cells_of_a_block_apart(
    sweep: str, as_json: bool, capsys: Captured
) -> None:
    assert bench("--sweep", sweep, "--seed", "1", "--dry-run", *["--json"] * as_json) == 0
    text = capsys.readouterr().out
    if as_json:
        shown = [(str(row["block"]), row["cell"]) for row in json.loads(text)["trials"]]
    else:
        rows = [line.split(maxsplit=4) for line in text.splitlines() if line.startswith("block")]
        shown = [(block, cell) for _, block, _, _, cell in rows]
    assert len(shown) > 1 and len(set(shown)) == len(shown)


def test_controls_are_planned_unless_they_are_refused(capsys: Captured) -> None:
    plain = [word for word in SMALL if word not in ("--controls", "none")]
    assert bench(*plain, "--dry-run") == 0
    text = capsys.readouterr().out
    assert "control idle" in text and "control empty of resident" in text


@pytest.mark.parametrize("missing", [None, "cyclictest is not installed"])
def test_cyclictest_is_measured_where_it_is_installed(
    missing: str | None, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparing, "missing_cyclictest", lambda: missing)
    assert bench(*SMALL[:-1], "full", "--dry-run") == 0
    said = capsys.readouterr()
    assert ("control cyclictest" in said.out) is (missing is None)
    assert ("left out: cyclictest is not installed; install" in said.err) is bool(missing)


@pytest.mark.parametrize("calls", [[], ["bpf_wq_init"]])
def test_an_optional_engine_is_measured_where_the_kernel_has_it(
    calls: list[str], capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bpf_wq, "missing_calls", lambda: calls)
    assert bench("--sweep", "connections", "--dry-run") == 0
    said = capsys.readouterr()
    assert ("engine bpf_wq" in said.out) is not bool(calls)
    assert ("engine bpf_wq is left out: it needs bpf_wq_init" in said.err) is bool(calls)
    assert "engine bpf_sweep" in said.out


def test_a_plan_says_that_more_may_follow(capsys: Captured) -> None:
    assert bench(*SMALL, "--precision", "5%", "--budget", "2m", "--dry-run") == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "then cells again until they are within 5% of p99 lateness, or 120s are measured"


def test_a_plan_as_json_is_one_document(capsys: Captured) -> None:
    assert bench(*SMALL, "--dry-run", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert [trial["trial"] for trial in document["trials"]] == [1, 2, 3, 4]
    first = document["trials"][0]
    assert first.keys() == {"trial", "block", "cell", "parameters"}
    assert first["parameters"]["timeout_ns"] == 100_000_000
    assert first["parameters"]["engine"] == "bpf_timer"
    # Four windows of 1 s, each after 500 ms of warm-up and a timeout of 100 ms.
    assert document["expected_seconds"] > 4 * 1.6


def test_a_plan_of_a_resumed_run_has_only_what_is_left(
    tmp_path: Path,
    header: RunHeader,
    capsys: Captured,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "tools", lambda: header.tools)
    folder = RunFolder.create(tmp_path, header)
    planned = planned_trials(folder.header.sweep)
    done = [TrialRecord(trial=t.trial, block=t.block, status=Status.OK, cell=t.cell)
            for t in planned[:-2]]  # fmt: skip
    for record in done:
        folder.append(record)
    assert bench("--resume", str(folder.path), "--dry-run", "--json") == 0
    left = json.loads(capsys.readouterr().out)["trials"]
    assert [trial["trial"] for trial in left] == [t.trial for t in planned[-2:]]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ((), "nothing to run"),
        (("--quick", "--sweep", "own.yaml"), "--quick and --sweep name two sweeps"),
        (("--program", "tcp", "--dry-run"), "program tcp needs connections"),
        (("--program", "resident", "--map-size", "100m", "--timeout", "1ms", "--dry-run"),
         "safety bound"),
    ],
)  # fmt: skip
def test_what_cannot_be_run_is_refused(words: tuple[str, ...], problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        bench(*words)


def test_quick_is_the_packaged_sweep_of_that_name(capsys: Captured) -> None:
    assert bench("--quick", "--seed", "3", "--dry-run") == 0
    quick = capsys.readouterr().out
    assert bench("--quick", "--sweep", "quick", "--seed", "3", "--dry-run") == 0
    assert capsys.readouterr().out == quick != ""


def test_only_root_measures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr("bench.host.privilege.effective", lambda root: 0)
    with pytest.raises(BenchError, match="needs root"):
        bench(*SMALL)


def test_a_drawn_seed_is_recorded_and_a_given_one_kept(sweep: Sweep) -> None:
    assert module.seeded(sweep) is sweep
    drawn = {module.seeded(replace(sweep, seed=None)).seed for _ in range(5)}
    assert None not in drawn and len(drawn) == 5


Run = Callable[..., int]


@pytest.fixture
def run(
    tmp_path: Path,
    header: RunHeader,
    make_record: MakeRecord,
    monkeypatch: pytest.MonkeyPatch,
) -> Run:
    """Runs a folder whose trials end as told; returns the exit code."""
    folder = RunFolder.create(tmp_path, header)

    def go(*outcomes: Status | BaseException, as_json: bool = False, planned: int = 12) -> int:
        def measure(rig: object, folder: RunFolder, *rest: object) -> None:
            for trial, outcome in enumerate(outcomes, start=1):
                if isinstance(outcome, BaseException):
                    raise outcome
                why: dict[str, Any] = {"error": "why"} if outcome is Status.FAILED else {}
                folder.append(make_record(trial, status=outcome, **why))

        monkeypatch.setattr(module, "measure_all", measure)
        begun = folder.save_header(replace(folder.header, trials_planned=planned))
        return module._recorded(object(), begun, [], as_json=as_json)  # type: ignore[arg-type]

    return go


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        ([Status.OK, Status.OK], 0),
        ([Status.OK, Status.INVALID], 0),
        ([Status.OK] + 34 * [Status.INVALID], 4),
        ([Status.OK, Status.FAILED], 4),
        ([Status.INVALID], 4),
        ([], 4),
    ],
)
def test_a_run_is_an_answer_if_no_trial_failed_and_most_are_ok(
    outcomes: list[Status], code: int, run: Run, tmp_path: Path
) -> None:
    assert run(*outcomes) == code
    (path,) = tmp_path.iterdir()
    assert RunFolder.open(path).header.finished is not None
    assert (path / "report.md").exists()


def test_what_is_to_be_measured_anew_is_named_and_no_success(
    run: Run, make_record: MakeRecord, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A load host that died: its trials are named, with the command that measures them anew."""
    assert run(Status.OK, Status.FAILED, Status.FAILED) == 4
    said = capsys.readouterr()
    assert "trials 2, 3 of 3 failed: why" in said.err
    assert "Next: bench run --resume " in said.out


def test_a_run_that_is_gone_on_with_is_not_finished(
    tmp_path: Path, header: RunHeader, make_record: MakeRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = fingerprint()
    folder = RunFolder.create(tmp_path, replace(header, host=dict(host), tools=preparing.tools()))
    for planned in planned_trials(folder.header.sweep):
        status = Status.FAILED if planned.trial == 2 else Status.OK
        folder.append(
            TrialRecord(trial=planned.trial, block=planned.block, status=status, cell=planned.cell)
        )
    folder.finish()
    prepared = preparing.prepare_resumed(folder.path, None, print)
    assert [trial.trial for trial in prepared.todo] == [2]
    assert prepared.host == folder.header.host
    assert prepared.begin().header.finished is None
    assert RunFolder.open(folder.path).header.finished is None


def test_a_run_without_trials_is_good(run: Run) -> None:
    assert run(planned=0) == 0


def test_an_interrupted_run_has_its_report_and_is_not_finished(
    run: Run, tmp_path: Path, capsys: Captured
) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(Status.OK, KeyboardInterrupt())
    (path,) = tmp_path.iterdir()
    assert RunFolder.open(path).header.finished is None
    assert (path / "report.md").exists()
    assert f"Next: bench run --resume {path}" in capsys.readouterr().out


def test_json_of_a_run_is_one_document(run: Run, capsys: Captured) -> None:
    assert run(Status.OK, as_json=True) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["summary"] == {"ok": 1} and document["finished"] is not None


def test_a_host_that_is_not_as_promised_is_not_measured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is looked at while nobody else can change it, and no folder of a run is left."""
    events: list[str] = []

    @contextmanager
    def lock() -> Iterator[None]:
        events.append("locked")
        yield
        events.append("measured")

    monkeypatch.setattr(module, "sole_measurement", lock)
    monkeypatch.setattr(module, "require_bpf", lambda: None)
    monkeypatch.setenv(VERIFY, "sh -c 'echo put back; exit 1'")
    with pytest.raises(BenchError) as raised:
        bench(*SMALL)
    assert "put back" in raised.value.detail
    assert events == ["locked"]
    assert not (tmp_path / "results").exists()
