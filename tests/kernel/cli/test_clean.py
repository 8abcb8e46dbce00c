"""A run that is killed in the packet path leaves namespaces; `bench clean` removes them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from bench.host.netns import PREFIX, RUN_DIR
from tests.running import running
from tests.waiting import wait_until

BENCH = [sys.executable, "-m", "bench"]
OPTIONS = ["--program", "xdp_gc", "--load", "0", "--option", "packets_hz=1k", "--duration", "30s"]


def spaces(pid: int) -> list[str]:
    found = RUN_DIR.iterdir() if RUN_DIR.is_dir() else iter(())
    return sorted(path.name for path in found if path.name.startswith(f"{PREFIX}{pid}-"))


def cleaned(*words: str) -> tuple[int, dict[str, object]]:
    done = subprocess.run(
        [*BENCH, "clean", "--json", *words], capture_output=True, text=True, check=False
    )
    return done.returncode, json.loads(done.stdout)


def test_namespaces_of_a_killed_run_are_removed_and_those_of_others_are_not(
    tmp_path: Path,
) -> None:
    command = [*BENCH, "run", *OPTIONS, "--results", str(tmp_path)]
    with running(command) as run:
        wait_until("its namespaces", lambda: len(spaces(run.pid)) == 2)
        code, alive = cleaned("--dry-run")
        assert not [one for one in alive["found"] if one["pid"] == run.pid]  # type: ignore[attr-defined]
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
    left = spaces(run.pid)
    assert len(left) == 2
    code, found = cleaned("--dry-run")
    assert code == 1 and spaces(run.pid) == left
    names = [one["name"] for one in found["found"] if one["pid"] == run.pid]  # type: ignore[attr-defined]
    assert names == left
    code, _ = cleaned()
    assert code == 0 and spaces(run.pid) == []
