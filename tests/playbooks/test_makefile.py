"""The Makefile's targets, without carrying them out."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.playbooks.playing import REPOSITORY

SUITES = "tests/guest tests/browser tests/docs tests/kernel tests/playbooks tests/unit"


def make(*arguments: str) -> str:
    """What make prints; what the make that called pytest was told is not passed on."""
    told = {"MAKEFLAGS", "MAKEOVERRIDES", "MFLAGS", "PYTEST_ARGS", "SWEEP", "TESTS"}
    environment = {name: value for name, value in os.environ.items() if name not in told}
    done = subprocess.run(
        ["make", *arguments],
        cwd=REPOSITORY,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


def test_help_is_the_default_and_names_the_targets() -> None:
    lines = make().splitlines()
    assert lines == make("help").splitlines()
    named = {line.split()[1] for line in lines}
    assert {
        "help",
        "setup",
        "check",
        "bench",
        "test",
        "nightly",
        "perf",
        "restore",
        "lab",
        "lab-down",
        "clean",
    } <= named


@pytest.mark.parametrize(
    ("target", "command"),
    [
        ("setup", "ansible-playbook playbooks/provision.yml"),
        ("bench", "ansible-playbook bench.yml -e sweep=quick"),
        ("test", f"tests/run.sh 'and not nightly'  {SUITES}"),
        ("nightly", f"tests/run.sh ''  {SUITES}"),
        ("nightly", "tests/perf/"),
        ("restore", "ansible-playbook playbooks/restore.yml"),
    ],
)
def test_a_target_calls_its_playbook_or_pytest(target: str, command: str) -> None:
    assert command in make("--dry-run", target)


def test_ci_checks_and_then_ends_with_the_tests() -> None:
    lines = (REPOSITORY / ".ci/run").read_text().splitlines()
    assert lines[-1] == "exec make test"
    assert lines.index("make check") < lines.index("export BENCH_REQUIRE_KERNEL=1")


def test_a_relative_sweep_begins_where_make_was_called(tmp_path: Path) -> None:
    def sweep(value: str) -> str:
        words = ["make", "-C", str(REPOSITORY), "--dry-run", "bench", f"SWEEP={value}"]
        environment = {**os.environ, "PWD": str(tmp_path)}
        done = subprocess.run(
            words, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True
        )
        return done.stdout.split("sweep=")[-1].split()[0]

    assert sweep("my.yaml") == f"{tmp_path}/my.yaml"
    assert sweep("/there/my.yaml") == "/there/my.yaml"
    assert sweep("accuracy") == "accuracy"
