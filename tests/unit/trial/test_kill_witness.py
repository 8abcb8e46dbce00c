"""What is said and recorded when the kernel kills the runner for want of memory."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.host.cgroups import MemoryGroup
from bench.record import RECORD, RunHeader, Status, TrialRecord
from bench.store import RunFolder
from bench.trial.testimony import REMEDY, stated, why_killed
from bench.trial.witness import SCORE, Witness

MakeRecord = Callable[..., TrialRecord]
OWN, ABOVE, TOP = "/g/a/b/memory.max", "/g/a/memory.max", "/g/memory.max"


def groups(*kills: int) -> list[MemoryGroup]:
    limits = (None, 300 << 20, 900 << 20)
    names = (OWN, ABOVE, TOP)
    return [MemoryGroup(*each) for each in zip(kills, limits, names, strict=True)]


def test_the_smallest_limit_is_named_whichever_level_counts_the_kill() -> None:
    for after in (groups(1, 0, 0), groups(1, 1, 5)):
        why = why_killed(groups(0, 0, 4), after)
        assert why is not None and why.endswith(f"of a control group: {ABOVE}, 300 MiB")


def test_without_a_limit_the_host_had_no_memory() -> None:
    one = [MemoryGroup(0, None, TOP)], [MemoryGroup(1, None, TOP)]
    assert why_killed(*one) == "the kernel killed bench because the host had no memory left"


@pytest.mark.parametrize("groups", [[], groups(3, 0, 9)])
def test_whoever_else_killed_it_is_not_the_kernel_for_memory(groups: list[MemoryGroup]) -> None:
    assert why_killed(groups, groups) is None


@pytest.fixture
def folder(tmp_path: Path, header: RunHeader, make_record: MakeRecord) -> RunFolder:
    made = RunFolder.create(tmp_path, header)
    made.append(make_record(1, started="2026-01-01T00:00:01Z"))
    return made


def watched(folder: RunFolder, record: TrialRecord) -> dict[str, str]:
    return {"folder": str(folder.path), "record": RECORD.dump_json(record).decode()}


def test_the_trial_in_flight_gets_its_record(folder: RunFolder, make_record: MakeRecord) -> None:
    with (folder.path / "trials.jsonl").open("ab") as file:
        file.write(b'{"format": 2, "tri')
    killed = make_record(2, status=Status.FAILED, started="2026-01-01T00:00:02Z", error="?")
    said = stated(watched(folder, killed), "memory.max was met")
    assert said.startswith("trial 2: memory.max was met. Raise the limit")
    assert f"bench run --resume {folder.path}" in said
    records = folder.records()
    assert [(one.trial, one.status) for one in records] == [(1, Status.OK), (2, Status.FAILED)]
    assert str(records[1].error).startswith("memory.max was met")


def test_a_trial_that_has_its_record_keeps_it(folder: RunFolder, make_record: MakeRecord) -> None:
    before = folder.records()
    stated(watched(folder, make_record(1, started="2026-01-01T00:00:00Z")), "it was met")
    assert folder.records() == before


def test_before_the_first_trial_there_is_a_sentence_only() -> None:
    assert stated({}, "it was met") == f"it was met. {REMEDY}"


def test_it_goes_in_silence_with_whoever_started_it(
    folder: RunFolder, make_record: MakeRecord, capfd: pytest.CaptureFixture[str]
) -> None:
    before = SCORE.read_text()
    with Witness() as witness, witness.watching(folder, make_record(2)):
        pid = witness._child.pid
        assert int(Path(f"/proc/{pid}/oom_score_adj").read_text()) < int(SCORE.read_text())
    assert SCORE.read_text() == before
    assert not Path(f"/proc/{pid}").exists()
    assert capfd.readouterr().err == ""
    assert len(folder.records()) == 1


def test_it_goes_in_silence_when_somebody_else_kills_its_runner() -> None:
    code = (
        "import os\nfrom bench.trial.witness import Witness\n"
        "with Witness():\n    os.kill(os.getpid(), 9)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )  # It reads standard error to its end, which the witness holds.
    assert (done.returncode, done.stderr) == (-9, "")


def test_it_imports_little() -> None:
    heavy = "[name for name in ('numpy', 'pydantic') if name in sys.modules]"
    code = f"import sys, bench.trial.testimony; print({heavy})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
