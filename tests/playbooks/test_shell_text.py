"""What a login shell prints around answers of a host does no harm; without an answer, it is named.

Stand-ins print what a ~/.bashrc may print; the tasks that listen are the roles' own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tests.playbooks.playing import REPOSITORY, Outcome, play

ROLES = REPOSITORY / "playbooks/roles"
WELCOME = 'finished\n/root\nWelcome! {"changed": ["this"]} '
CLOSED = "This account is closed."
JOB = "<<<job\nfinished\n/runs/r1\ntrial 4 of 4\njob>>>\n"
TUNE = '<<<tune {"changed": [], "left": [], "wrong": []} tune>>>\n'


def prints(file: Path, text: str) -> Path:
    """A program that prints a text, whatever it is asked."""
    said = file.with_suffix(".txt")
    said.write_text(text)
    file.write_text(f"#!/bin/sh\n[ -t 0 ] || cat >/dev/null\ncat {said}\n")
    file.chmod(0o755)
    return file


def tried(folder: Path, role: str, entry: str, show: str = "", **variables: Any) -> Outcome:
    """Play an entry point of a role here, with these extra variables, and show something."""
    call = {"name": str(ROLES / role), "tasks_from": entry}
    tasks = [
        {"name": "Call", "ansible.builtin.include_role": call},
        {"name": "Show", "ansible.builtin.debug": {"msg": f"in the end: {show}"}},
    ]
    book = folder / "play.yml"
    book.write_text(yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]))
    return play(str(book), **variables)


def finished(folder: Path, said: str) -> Outcome:
    """What the end of a run's watching makes of what its host says."""
    (folder / "none").mkdir(exist_ok=True)
    prints(folder / "none/job.sh", said)
    return tried(folder, "run", "finish", "{{ run_outcome.path }}", run_job_path=str(folder))


def tuned(folder: Path, said: str) -> Outcome:
    """What tuning makes of it."""
    python = [str(prints(folder / "python", said))]
    wish = {"tune_timer_migration": "1", "tune_state_path": str(folder / "tuned.json")}
    return tried(folder, "tune", "main", "{{ tune_promise[0] }}", __tune_python=python, **wish)


def test_text_around_an_answer_does_no_harm(tmp_path: Path) -> None:
    ended = finished(tmp_path, WELCOME + "\n" + JOB + "bye\n")
    assert ended.returncode == 0, ended.output
    assert "in the end: /runs/r1" in ended.words
    set_ = tuned(tmp_path, WELCOME + TUNE + "bye\n")
    assert set_.returncode == 0, set_.output
    assert "in the end: verify" in set_.words
    assert set_.changed == 0  # Text that looks like an answer is none.


def test_text_instead_of_an_answer_is_named(tmp_path: Path) -> None:
    ended = finished(tmp_path, CLOSED)
    assert ended.returncode != 0
    assert f"Its shell said what job.sh does not say: {CLOSED}" in ended.words
    refused = tuned(tmp_path, CLOSED)
    assert refused.returncode != 0
    assert "tune.py gave no answer on localhost" in refused.words
    assert f"It said: {CLOSED}" in refused.words
