"""Within the guest: ``python -m bench.guest.inside SHARED`` prepares and runs the command."""

from __future__ import annotations

import os
import platform
import sys
import time
from pathlib import Path

from bench.child import Child
from bench.errors import BenchError, explained
from bench.guest.exchange import (
    CACHE,
    OWN_FILES,
    RELEASE,
    ROOT_TAG,
    STDERR,
    STDOUT,
    STEP,
    Answer,
    Step,
    read_request,
    write_answer,
)
from bench.host.mounts import find_mounts
from bench.libbpf.btf import VMLINUX
from bench.process import run

_POINTS = {
    "tracefs": "/sys/kernel/tracing",
    "debugfs": "/sys/kernel/debug",
    "bpf": "/sys/fs/bpf",
    "cgroup2": "/sys/fs/cgroup",
}
"""Where file systems are mounted that the guest's init has not mounted."""


ROOT = Path("/run/bench-root")
_ROOT_OPTIONS = "ro,version=9p2000.L,trans=virtio,access=any,msize=512000,cache=loose"
REPEAT_S = 0.2
_KEPT = ("/proc", "/sys", "/dev", "/run")
"""What stays the guest's own within ROOT."""


def prepare(shared: Path) -> None:
    """Mount the kernel's file systems, bring loopback up, move to a root with a cache.

    A guest with files of its own has such a root.

    Raises:
        BenchError: One of them failed, or the kernel has no BTF.
    """
    if not VMLINUX.exists():
        raise BenchError(f"this kernel has no BTF ({VMLINUX})")
    _mount_kernel()
    run(["ip", "link", "set", "lo", "up"])
    if not _own_files():
        _enter_root(shared)


def _mount_kernel() -> None:
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


def _enter_root(shared: Path) -> None:
    """The host's files again, read-only and cached; the shared folder stays as it is."""
    ROOT.mkdir()
    run(["mount", "-t", "9p", "-o", _ROOT_OPTIONS, ROOT_TAG, ROOT])
    for folder in _KEPT:
        run(["mount", "--rbind", folder, f"{ROOT}{folder}"])
    run(["mount", "--bind", shared, f"{ROOT}{shared}"])
    os.chroot(ROOT)
    os.chdir(shared)


def environment(shared: Path, extra: dict[str, str]) -> dict[str, str]:
    """Variables of the command: the root file system is read-only, caches go elsewhere."""
    return {
        "PATH": f"{Path(sys.executable).parent}:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/root",
        "LC_ALL": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "XDG_CACHE_HOME": str(shared / CACHE),
        "TMPDIR": str(shared),
        **extra,
    }


def execute(shared: Path) -> int:
    """Run the command of the request to its end; its exit code, negative for a signal."""
    argv, extra = read_request(shared)
    with (shared / STDOUT).open("wb") as out, (shared / STDERR).open("wb") as err:
        env = environment(shared, extra)
        with Child(argv, stdout=out, stderr=err, cwd=shared, env=env) as child:
            if _own_files():
                _repeat(child, shared)
            return child.finished()


def _own_files() -> bool:
    return OWN_FILES in os.environ


def _repeat(child: Child, shared: Path) -> None:
    """Show what commands say on the console: the host does not see the shared folder as yet."""
    shown: dict[Path, int] = {}
    while child.code is None:
        for path in shared.glob("*.err"):
            text = path.read_bytes()
            sys.stdout.write(text[shown.get(path, 0) :].decode(errors="replace"))
            shown[path] = len(text)
        sys.stdout.flush()
        time.sleep(REPEAT_S)


def _reach(shared: Path, step: Step) -> None:
    (shared / STEP).write_text(step)
    os.sync()  # So that the step is known of a guest that crashes, too.


def serve(shared: Path) -> None:
    """Prepare, run, and report to the host how it went."""
    release = platform.release()
    try:
        with explained("prepare the guest, or start the command in it"):
            (shared / RELEASE).write_text(release)
            _reach(shared, Step.PREPARE)
            prepare(shared)
            _reach(shared, Step.COMMAND)
            answer = Answer(execute(shared), release)
    except BenchError as error:
        answer = Answer(None, release, f"{error.problem}\n{error.detail}")
    write_answer(shared, answer)
    os.sync()


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
