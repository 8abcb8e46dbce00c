"""Within the guest: ``python -m bench.guest.inside SHARED`` prepares and runs the command."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

from bench.errors import BenchError
from bench.guest.exchange import (
    CACHE,
    STDERR,
    STDOUT,
    STEP,
    Answer,
    Step,
    read_request,
    write_answer,
)
from bench.host.mounts import find_mounts
from bench.process import run

_POINTS = {
    "tracefs": "/sys/kernel/tracing",
    "debugfs": "/sys/kernel/debug",
    "bpf": "/sys/fs/bpf",
    "cgroup2": "/sys/fs/cgroup",
}
"""Where file systems are mounted that the guest's init has not mounted."""


def prepare() -> None:
    """Mount the kernel's file systems and bring loopback up.

    Raises:
        BenchError: One of them failed.
    """
    found = find_mounts()
    mounted = {
        "tracefs": found.tracefs,
        "debugfs": found.debugfs,
        "bpf": found.bpffs,
        "cgroup2": found.cgroup2,
    }
    for kind, point in _POINTS.items():
        if mounted[kind] is None:
            run(["mount", "-t", kind, "none", point])
    run(["ip", "link", "set", "lo", "up"])


def environment(shared: Path, extra: dict[str, str]) -> dict[str, str]:
    """Variables of the command: the root file system is read-only, caches go elsewhere."""
    return {
        "PATH": f"{Path(sys.executable).parent}:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/root",
        "LC_ALL": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "XDG_CACHE_HOME": str(shared / CACHE),
        **extra,
    }


def execute(shared: Path) -> int:
    """Run the command of the request to its end; its exit code, negative for a signal."""
    argv, extra = read_request(shared)
    with (shared / STDOUT).open("wb") as out, (shared / STDERR).open("wb") as err:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            cwd=shared,
            env=environment(shared, extra),
            check=False,
        )
    return done.returncode


def serve(shared: Path) -> None:
    """Prepare, run, and tell the host how it went."""
    release = platform.release()
    try:
        (shared / STEP).write_text(Step.PREPARE)
        prepare()
        (shared / STEP).write_text(Step.COMMAND)
        answer = Answer(execute(shared), release)
    except BenchError as error:
        answer = Answer(None, release, f"{error.problem}\n{error.detail}")
    except OSError as error:
        answer = Answer(None, release, str(error))
    write_answer(shared, answer)
    os.sync()


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
