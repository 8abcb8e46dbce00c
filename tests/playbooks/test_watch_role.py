"""The role watch in its play, with stand-ins for hosts and for the bench command on them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import yaml

from bench.watch.document import plain
from tests.playbooks.playing import REPOSITORY, Outcome
from tests.playbooks.typed import typed
from tests.unit.watch.test_watch_hosts import document, table

PLAYBOOK = str(REPOSITORY / "playbooks/watch.yml")
HERE = {"ansible_connection": "local", "ansible_host": "127.0.0.1"}
SILENT = {"ansible_host": "127.0.0.1", "ansible_port": 1}
WEB1 = json.dumps(plain(document(table(4, "flows", 6_000, 20_000))))
WEB2 = json.dumps(plain(document(table(9, "flows", 6_000, 3_000_000))))


def watched(tmp_path: Path, answers: Mapping[str, tuple[str, int] | None], *words: str) -> Outcome:
    """A play whose hosts give these answers with these exit codes; None: it is not there."""
    hosts: dict[str, dict[str, object]] = {}
    for name, given in answers.items():
        if given is None:
            hosts[name] = SILENT
            continue
        answer, code = given
        (tmp_path / f"{name}.answer").write_text(answer)
        command = tmp_path / f"bench-{name}"
        command.write_text(
            f'#!/bin/sh\necho "$@" >{tmp_path}/{name}.words\ncat {tmp_path}/{name}.answer\n'
            f"echo 'error: bpf is refused' >&2\nexit {code}\n"
        )
        command.chmod(0o755)
        hosts[name] = HERE | {"watch_bench_command": str(command)}
    (tmp_path / "fleet.yml").write_text(yaml.safe_dump({"sut": {"hosts": hosts}}))
    out = f"watch_out_path={tmp_path}/answers"
    return typed("-i", "fleet.yml", PLAYBOOK, "-e", out, *words, folder=tmp_path)


def test_hosts_are_shown_side_by_side_the_latest_first(tmp_path: Path) -> None:
    outcome = watched(tmp_path, {"web1": (WEB1, 0), "web2": (WEB2, 0)}, "-e", "seconds=7")
    assert outcome.returncode == 0, outcome.output
    assert "2 of 2 hosts answered. The latest timers are those of map flows on web2" in (
        outcome.words
    )
    assert outcome.output.index("| web2 |") < outcome.output.index("| web1 |")
    assert (tmp_path / "web1.words").read_text().split() == "watch --json --duration 7s".split()
    assert json.loads((tmp_path / "answers/web2.json").read_text()) == json.loads(WEB2)


def test_hosts_without_an_answer_are_named_and_fail_the_play_after_the_others(
    tmp_path: Path,
) -> None:
    outcome = watched(
        tmp_path, {"away": None, "bare": ("", 4), "idle": (json.dumps(plain(document())), 4)}
    )
    assert outcome.returncode != 0
    assert "1 of 3 hosts answered" in outcome.words
    assert "- bare: error: bpf is refused" in outcome.words
    assert "- idle: no bpf_timer fired within 60s" in outcome.words
    assert "- away: Task failed: Failed to connect to the host via ssh" in outcome.words
    assert "no answer of away, bare" in outcome.words


def test_a_time_that_is_none_is_refused(tmp_path: Path) -> None:
    outcome = watched(tmp_path, {"web1": (WEB1, 0)}, "-e", "seconds=soon")
    assert outcome.returncode != 0 and "seconds" in outcome.words
    assert not (tmp_path / "web1.words").exists()


def test_check_mode_watches_nothing(tmp_path: Path) -> None:
    outcome = watched(tmp_path, {"web1": (WEB1, 0)}, "--check")
    assert outcome.returncode == 0, outcome.output
    assert not (tmp_path / "web1.words").exists()
