"""Hosts that cannot measure: a clear message, the right exit code, nothing left behind.

What users type wrong is in `tests/unit/cli/test_wrong_usage.py`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import bench as bench_package

BENCH = (sys.executable, "-m", "bench")
SMALL = ("run", "--program", "resident", "--map-size", "100", "--timeout", "10ms")
FAST = tuple("--duration 100ms --warmup 10ms --repeat 1 --observer none --controls none".split())


def bench(
    *arguments: str, cwd: Path, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*BENCH, *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, "COLUMNS": "200", **(env or {})},
        check=False,
        timeout=120,
    )


def test_map_beyond_memory_says_how_much_is_needed(tmp_path: Path) -> None:
    done = bench(*SMALL[:3], "--map-size", "2000m", "--timeout", "10000s", cwd=tmp_path)
    assert done.returncode == 4, done.stderr
    assert "MiB of kernel memory" in done.stderr and "are available" in done.stderr


def test_no_clang(tmp_path: Path) -> None:
    env = {"PATH": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    done = bench(*SMALL, *FAST, cwd=tmp_path, env=env)
    assert done.returncode == 4
    assert "clang is not installed" in done.stderr


def isolated(
    tmp_path: Path, *wrapper: str, command: Sequence[str] = (*SMALL, *FAST)
) -> subprocess.CompletedProcess[str]:
    """A run, or another command, inside of something that takes a capability away from it."""
    return subprocess.run(
        [*wrapper, *BENCH, *command],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("command", [(*SMALL, *FAST), ("watch", "--duration", "1s"), ("timers",)])
def test_no_btf(command: Sequence[str], tmp_path: Path) -> None:
    script = 'mount -t tmpfs bench-test /sys/kernel/btf && exec "$@"'
    done = isolated(tmp_path, "unshare", "--mount", "sh", "-c", script, "sh", command=command)
    assert done.returncode == 4, done.stderr
    assert "no BTF" in done.stderr and "CONFIG_DEBUG_INFO_BTF" in done.stderr


def test_bpf_forbidden(tmp_path: Path) -> None:
    done = isolated(tmp_path, "setpriv", "--bounding-set", "-bpf,-sys_admin,-perfmon")
    assert done.returncode == 4, done.stderr
    assert "Operation not permitted" in done.stderr and "CAP_BPF" in done.stderr
    assert not list(tmp_path.glob("results/*/run.json")), "no empty run may be left"


def test_no_ksoftirqd(tmp_path: Path) -> None:
    done = isolated(tmp_path, "unshare", "--pid", "--fork", "--mount-proc")
    assert done.returncode == 4, done.stderr
    assert "ksoftirqd" in done.stderr and "outside of containers" in done.stderr


NEED_ROOT = [
    ("run", "--program", "resident"),
    ("run", "--quick"),
    ("capacity", "--program", "resident", "--timeout", "10ms", "--goal", "p99 <= 1ms"),
    ("demo",),
    ("limits",),
    ("matrix", "--kernel", "host"),
    ("watch",),
    ("timers",),
]
AS_NOBODY = """
import importlib, os, sys
from bench.cli.main import main
importlib.import_module("bench.cli." + sys.argv[1])  # A command is imported when it is called.
os.setgroups([]); os.setgid(65534); os.setuid(65534)
main(sys.argv[1:])
"""


@pytest.mark.parametrize("arguments", NEED_ROOT)
def test_not_root(arguments: Sequence[str], tmp_path: Path) -> None:
    """An ordinary user, who cannot read the checkout: all that is needed is loaded before."""
    closed = tmp_path / "closed"
    checkout, venv = closed / "checkout", closed / "venv"
    for folder in (checkout, venv):
        folder.mkdir(parents=True)
    closed.chmod(0o700)
    script = 'mount --bind "$1" "$3" && mount --bind "$2" "$4" && shift 4 && exec "$@"'
    places = (str(Path(bench_package.__file__).parent.parent), sys.prefix, checkout, venv)
    command = [venv / "bin/python", "-c", AS_NOBODY, *arguments]
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, "sh", *places, *command],
        capture_output=True,
        text=True,
        cwd="/",
        env={**os.environ, "PYTHONPATH": str(checkout)},
        check=False,
        timeout=60,
    )
    assert done.returncode == 4, done.stderr
    assert "needs root" in done.stderr and "65534" in done.stderr
    assert "Traceback" not in done.stderr


def test_results_folder_that_is_a_file(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_text("")
    done = bench(*SMALL, *FAST, "--results", str(target), cwd=tmp_path)
    assert done.returncode == 4
    assert "cannot write results" in done.stderr


def test_full_disk_is_noticed_before_measuring(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "bench-test", small], check=True)
    try:
        done = bench(*SMALL, *FAST, "--results", str(small), cwd=tmp_path)
        assert done.returncode == 4
        assert "No space left" in done.stderr and "trial" not in done.stdout
    finally:
        subprocess.run(["umount", small], check=True)


def test_json_is_one_document_and_nothing_else(tmp_path: Path) -> None:
    done = bench(*SMALL, *FAST, "--json", cwd=tmp_path)
    assert done.returncode in (0, 4), done.stderr
    document = json.loads(done.stdout)
    assert (tmp_path / document["path"] / "trials.jsonl").exists()
    assert (tmp_path / document["path"] / "report.md").exists()


def test_resume_refuses_another_sweep_host_and_format(tmp_path: Path) -> None:
    made = json.loads(bench(*SMALL, *FAST, "--json", cwd=tmp_path).stdout)
    run = tmp_path / made["path"]
    other = bench(*SMALL, *FAST, "--clock", "boottime", "--resume", str(run), cwd=tmp_path)
    assert other.returncode == 2 and "clock" in other.stderr

    header = json.loads((run / "run.json").read_text())
    moved = header | {"host": header["host"] | {"hostname": "elsewhere"}}
    (run / "run.json").write_text(json.dumps(moved))
    refused = bench("run", "--resume", str(run), cwd=tmp_path)
    assert refused.returncode == 4 and "elsewhere" in refused.stderr

    (run / "run.json").write_text(json.dumps(header | {"format": 99}))
    unknown = bench("run", "--resume", str(run), cwd=tmp_path)
    assert unknown.returncode == 4 and "99" in unknown.stderr
