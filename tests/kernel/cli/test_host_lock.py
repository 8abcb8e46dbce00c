"""Two measurements in different namespaces of one host see each other."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from bench.host import lock_map
from bench.host.exclusive import LOCKED, sole_measurement

ELSEWHERE = ("unshare", "--net", "--mount", "--pid", "--ipc", "--uts", "--fork", "--mount-proc")
"""With a sysfs of its own network namespace, as a container has."""
IN_OWN_SYSFS = ("sh", "-c", 'mount -t sysfs none /sys && exec "$@"', "sh")


def elsewhere(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    words = [*ELSEWHERE, *IN_OWN_SYSFS, *command]
    return subprocess.run(words, capture_output=True, text=True, cwd=cwd, check=False, timeout=120)


def test_a_run_in_other_namespaces_is_refused_and_told_who_measures(tmp_path: Path) -> None:
    run = (sys.executable, "-m", "bench", "run", "--quick")
    with sole_measurement(wait_s=120):
        # The lock of the file is another one there, which is why there is a second.
        assert elsewhere("flock", "-n", str(LOCKED), "true", cwd=tmp_path).returncode == 0
        refused = elsewhere(*run, cwd=tmp_path)
    assert refused.returncode == 4, refused.stderr
    assert "another bench is measuring on this host, in a namespace of its own" in refused.stderr
    assert f"own: pid {os.getpid()}, since " in " ".join(refused.stderr.split())
    assert not (tmp_path / "results").exists()
    assert lock_map.first() is None
