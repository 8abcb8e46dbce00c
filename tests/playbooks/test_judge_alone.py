"""Judging fleet runs without measuring: who is not well, and whether they are worse than a base."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.playbooks.made_runs import REAL, fleet_run, slower
from tests.playbooks.playing import REPOSITORY, Outcome
from tests.playbooks.typed import typed

JUDGE = str(REPOSITORY / "playbooks/judge.yml")
MEASURED = "2026-01-01T00:01:00Z"


def judged(fleet: Path, base: Path | None = None) -> Outcome:
    """What becomes of the newest run of a results folder."""
    words = ["-e", f"judge_results_path={fleet.parent}"]
    words += ["-e", f"judge_base={base}"] if base else []
    return typed("-i", "fleet.yml", JUDGE, *words, folder=fleet.parents[1])


def made(folder: Path, *lacking: str) -> Path:
    folder.mkdir()
    return fleet_run(folder, MEASURED, *lacking)


def test_a_fleet_is_compared_with_its_base(tmp_path: Path) -> None:
    base, new = made(tmp_path / "base"), made(tmp_path / "new")
    undecided = judged(new, base)
    assert undecided.returncode != 0  # The same records, of which there are too few to say so.
    assert "ended with exit code 4 (not answered)" in undecided.words
    (run,) = (new / "sut1").iterdir()
    shutil.rmtree(run)
    slower(REAL, run)
    alone = judged(new)
    assert alone.returncode == 0, alone.output
    worse = judged(new, base)
    assert worse.returncode != 0
    assert f"bench compare {base} {new} ended with exit code 1 (something" in worse.words


def test_a_host_that_lacks_trials_is_named_with_what_goes_on(tmp_path: Path) -> None:
    fleet = made(tmp_path / "new")
    (records,) = fleet.glob("sut1/*/trials.jsonl")
    lines = records.read_text().splitlines(keepends=True)
    records.write_text("".join(lines[:-1]))
    outcome = judged(fleet)
    assert outcome.returncode != 0
    assert f"sut1: 1 of {len(lines)} trials have no record" in outcome.words
