"""The scripts of docs/automation.md, run: what they call is the real bench on made runs, and
stand-ins for what boots, builds and measures.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.docs.pages import REPOSITORY, blocks
from tests.tracked import record_lines

PAGE = REPOSITORY / "docs/automation.md"
BIN = Path(sys.executable).parent
(GATE, *_) = sorted(REPOSITORY.glob("results/*-vm-gate"))
HOST = "lb1"
TABLES = sorted((REPOSITORY / "results/instructions").glob("*.json"))
TRIALS = 32
"""Of each run, four of each cell."""
LATENESS = ("p50_ns", "p90_ns", "p99_ns", "p999_ns")


def block(of: str) -> str:
    """The one block of the page with this text."""
    (found,) = [each.text for each in blocks(PAGE) if of in each.text]
    return found


def boot(folder: Path, name: str, factor: float, seed: int = 0) -> None:
    """A run of the sweep gate in a boot of its own, as late as another times a factor."""
    luck = factor * random.Random(f"{name} {seed}").lognormvariate(0, 0.02)
    folder.mkdir(parents=True)
    header = json.loads((GATE / "run.json").read_text())
    header |= {"run_id": name, "boot_id": name, "trials_planned": TRIALS}
    (folder / "run.json").write_text(json.dumps(header))
    lines = []
    for line in record_lines(GATE)[:TRIALS]:
        record = json.loads(line)
        late = record.get("lateness")
        if late:
            late |= {key: round(late[key] * luck) for key in LATENESS if late.get(key)} | {
                "hdr": None
            }
        lines.append(json.dumps(record) + "\n")
    (folder / "trials.jsonl").write_text("".join(lines))


def program(folder: Path, name: str, text: str) -> None:
    """A stand-in."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f"#!/bin/bash\n{text}\n")
    (folder / name).chmod(0o755)


def typed(script: str, cwd: Path, more: Mapping[str, str] = {}) -> subprocess.CompletedProcess[str]:
    """What a script says."""
    return subprocess.run(
        ["bash", "-c", script],
        cwd=cwd,
        env={**os.environ, "COLUMNS": "100", **more},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_workflow_is_one() -> None:
    jobs = yaml.safe_load(block("runs-on"))["jobs"]
    assert list(jobs) == ["build", "behaviour", "times"]
    assert [job.get("needs") for job in jobs.values()] == [None, "build", "behaviour"]
    for step in [step for job in jobs.values() for step in job["steps"]]:
        checked = typed(f"bash -n <<'END'\n{step.get('run', '')}\nEND", REPOSITORY)
        assert checked.returncode == 0, checked.stderr
    rules = yaml.safe_load(block("groups:"))["groups"]
    assert all({"alert", "expr"} == set(rule) for group in rules for rule in group["rules"])


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A controller's, whose bench is real and whose Ansible does nothing."""
    made = tmp_path / "checkout"
    program(made / ".venv/bin", "bench", f'exec {BIN}/bench "$@"')
    program(made / ".venv/bin", "ansible", "exit 0")
    return made


Nights = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def nights(checkout: Path, tmp_path: Path) -> Nights:
    """A night after seven others, this late, whose play ends so; the first four are the base."""
    places = {"/srv/bpf-timer-bench": checkout, "/srv/bench": tmp_path / "own"}
    places |= {"/var/lib/node_exporter": tmp_path / "node", "/srv/www": tmp_path / "www"}

    def night(number: int, to: Path, factor: float) -> Path:
        fleet = to / f"2026010{number}T000000Z-fleet-gate"
        boot(fleet / HOST / f"2026010{number}T000000Z-{HOST}-gate", f"boot-{number}", factor, 1)
        record = {"format": 1, "fleet_id": fleet.name, "started": "2026-01-01T00:00:00Z"}
        record |= {"measured": "2026-01-01T00:00:00Z", "finished": "2026-01-01T00:00:00Z"}
        (fleet / "fleet.json").write_text(
            json.dumps(record | {"sweep": "gate", "hosts": {HOST: {}}})
        )
        return fleet

    def play(factor: float, code: int = 0) -> subprocess.CompletedProcess[str]:
        for number in range(1, 5):
            night(number, tmp_path / "own/base", 1.0)
        for number in range(5, 8):
            night(number, checkout / "results", factor)
        last = night(8, tmp_path / "tonight", factor)
        text = f"mv {last} {checkout}/results/; echo the play; exit {code}"
        program(checkout / ".venv/bin", "ansible-playbook", text)
        (tmp_path / "node/textfile").mkdir(parents=True)
        (tmp_path / "www").mkdir()
        script = block("nightly.sh: prints nothing")
        for there, here in places.items():
            script = script.replace(there, str(here))
        return typed(script, tmp_path)

    return play


def test_a_good_night_is_silent_and_leaves_metrics_and_a_site(
    nights: Nights, tmp_path: Path
) -> None:
    done = nights(1.0)
    assert (done.stdout, done.stderr) == ("", "")
    textfile = tmp_path / "node/textfile"
    assert {path.name for path in textfile.iterdir()} == {
        "bpf_timer_bench.prom",
        "bpf_timer_bench_answer.prom",
    }
    answers = (textfile / "bpf_timer_bench_answer.prom").read_text()
    (family,) = text_string_to_metric_families(answers)
    assert [(s.labels, s.value) for s in family.samples] == [({"host": HOST}, 0.0)]
    assert list(text_string_to_metric_families((textfile / "bpf_timer_bench.prom").read_text()))
    assert (tmp_path / "www/bpf-timer/trends/index.html").is_file()


def test_a_worse_night_and_a_play_that_failed_are_told(nights: Nights, tmp_path: Path) -> None:
    done = nights(3.0, code=2)
    assert "measured: code 2" in done.stdout and "the play" in done.stdout
    assert f"{HOST}: code 1" in done.stdout
    answers = (tmp_path / "node/textfile/bpf_timer_bench_answer.prom").read_text()
    assert answers.endswith(f'{{host="{HOST}"}} 1\n')


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A repository of nine commits: the third cannot be built, the sixth made it worse."""
    made = tmp_path / "linux"
    made.mkdir()
    script = ["set -e; git init -q -b main .; git config user.name A; git config user.email a@b.c"]
    for number in range(1, 10):
        state = "broken" if number == 3 else "worse" if number >= 6 else "good"
        script.append(
            f"echo {state} >state; git add .; git commit -q --allow-empty -m 'commit {number}'"
        )
    done = typed("\n".join(script), made)
    assert done.returncode == 0, done.stderr
    program(tmp_path / "bin", "make", "! grep -q broken state")
    return made


def first_bad(tree: Path, run: str) -> str:
    path = f"{tree.parent / 'bin'}:{BIN}:{os.environ['PATH']}"
    done = typed(f"git bisect start HEAD HEAD~8; git bisect run {run}", tree, {"PATH": path})
    shown = subprocess.run(
        ["git", "-C", tree, "show", "-s", "--format=%s", "refs/bisect/bad"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "is the first bad commit" in done.stdout, done.stdout[-2000:] + done.stderr[-2000:]
    return shown.stdout.strip()


def test_instructions_find_the_commit(tree: Path, tmp_path: Path) -> None:
    """A commit's table stands in for the guest that counts."""
    for state, table in {"good": TABLES[0], "worse": TABLES[-1]}.items():
        shutil.copy(table, tmp_path / f"{state}.json")
    run = block("git bisect start").partition("git bisect run ")[2]
    run = run.replace("/srv/bench/base.json", str(TABLES[0]))
    run = run.replace("--kernel .", f"--table {tmp_path}/$(cat state).json")
    assert first_bad(tree, run) == "commit 6"


def test_boots_find_the_commit(tree: Path, checkout: Path, tmp_path: Path) -> None:
    """Runs of boots, made before, stand in for the play."""
    for state, factor in {"good": 1.0, "worse": 3.0}.items():
        for side, late in {"old": 1.0, "new": factor}.items():
            for pair in range(1, 5):
                name = f"2026010{pair}T000000Z-{side}-gate"
                boot(tmp_path / state / HOST / side / f"0{pair}" / name, name, late)
    play = f"""name=${{!#}}; state=$(cat {tree}/state)
mkdir -p results; cp -r {tmp_path}/$state results/${{name#boots_name=}}; exit 2"""
    program(checkout / ".venv/bin", "ansible-playbook", play)
    (tmp_path / "linux-image-1-new_1.deb").touch()
    step = block("step.sh: git bisect run").replace("/srv/bpf-timer-bench", str(checkout))
    program(tmp_path / "bin", "step.sh", step)
    assert first_bad(tree, "step.sh") == "commit 6"
