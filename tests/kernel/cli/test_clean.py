"""A run that is killed in the packet path leaves namespaces; `bench clean` removes them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bench.clean.kinds import LAB_MAKING
from bench.host.netns import PREFIX, RUN_DIR
from tests.running import running
from tests.waiting import wait_until

BENCH = [sys.executable, "-m", "bench"]
OPTIONS = ["--program", "xdp_gc", "--load", "0", "--option", "packets_hz=1k", "--duration", "30s"]


CHECKOUT = Path(__file__).resolve().parents[3]
LAB = Path("/run/bpf-timer-bench-lab")


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
    # Killed while it compiled, it also leaves a half-written file in the cache.
    assert [name for name in names if not name.endswith(".tmp")] == left
    code, _ = cleaned()
    assert code == 0 and spaces(run.pid) == []


def test_a_lab_that_is_half_made_is_taken_down() -> None:
    if LAB.exists():
        pytest.skip("a lab is up")
    with running([str(CHECKOUT / "lab/up.sh")], stderr=subprocess.STDOUT) as making:
        wait_until("its first mount", (LAB / "base/root/proc/self").exists)
        code, alive = cleaned("--dry-run")
        assert not [one for one in alive["found"] if one["kind"] == "half-made lab"]  # type: ignore[attr-defined]
        making.kill()  # What it started goes on.
        making.wait()
        code, found = cleaned("--dry-run")
        names = [one["name"] for one in found["found"] if one["kind"] == "half-made lab"]  # type: ignore[attr-defined]
        assert (code, names) == (1, [str(LAB)])
        code, said = cleaned()
    assert code == 0, said
    assert not LAB.exists() and not LAB_MAKING.exists()
    assert not Path("/sys/class/net/btlab0").exists()
