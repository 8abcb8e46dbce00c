"""A host with Python, libbpf and ip, and nothing of what compiles: the wheel has to do."""

from __future__ import annotations

import hashlib
import importlib.util
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from tests.distribution import made_by
from tests.orphans import MARK, mark

REPOSITORY = Path(__file__).resolve().parents[4]
PREPARE = "apt-get install -y iproute2 libbpf1 python3-venv"
"""What docs/installation.md asks of a host; mmdebstrap does it."""
PACKAGES = PREPARE.split()[3:]
INSTALL = """
python3 -m venv /opt/bench
/opt/bench/bin/pip install ./bpf_timer_bench-*.whl
/opt/bench/bin/bench doctor
"""
"""What it says to type there."""


def _debian() -> ModuleType:
    spec = importlib.util.spec_from_file_location("debian", REPOSITORY / "lab/debian.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def root_of(suite: str) -> Path:
    """The root file system, made once and kept in the cache."""
    debian = _debian()
    key = hashlib.sha256(" ".join(PACKAGES).encode()).hexdigest()[:12]
    path: Path = debian.kept(
        debian.ROOTS,
        f"bare-{suite}-{key}",
        lambda root, lock: debian.make(root, suite, PACKAGES, lock),
    )
    return path


def wheel(folder: Path) -> Path:
    """The one that ``make dist`` makes."""
    dist = folder / "dist"
    made_by(REPOSITORY, dist)
    (found,) = dist.glob("*.whl")
    return found


def dependencies(made: Path, python: str, folder: Path) -> None:
    """What the wheel needs, for another Python than ours."""
    tags = ("2_28", "2_27", "2_17", "2_36")
    platforms = [f"--platform=manylinux_{tag}_{platform.machine()}" for tag in tags]
    target = ["--only-binary=:all:", "--implementation=cp", f"--python-version={python}"]
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet"]
    subprocess.run([*pip, f"--dest={folder}", *target, *platforms, str(made)], check=True)


class BareHost:
    """Commands in a copy of the root that nothing is written through."""

    def __init__(self, top: Path) -> None:
        self.top = top

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command, in a mount namespace of its own."""
        clean = {"PATH": "/opt/bench/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}
        # No network there: what the wheel needs lies beside it.
        clean |= {MARK: mark()}
        clean |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/srv/wheels"}
        script = (
            'mount -t proc proc "$0/proc" && mount --rbind /sys "$0/sys" && '
            'mount --rbind /dev "$0/dev" && exec chroot "$0" "$@"'
        )
        return subprocess.run(
            ["unshare", "--mount", "sh", "-c", script, str(self.top), *words],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            env=clean | {"LANG": "C.UTF-8", "COLUMNS": "100"},
            timeout=600,
            check=False,
        )


@contextmanager
def bare_host(suite: str, folder: Path) -> Iterator[BareHost]:
    """A host of this suite of Debian with the wheel in a virtual environment.

    Args:
        suite: Of Debian.
        folder: Empty; for what is written.
    """
    lower, top, wheels = root_of(suite), folder / "root", folder / "wheels"
    upper, work = folder / "changes", folder / "work"
    # Neither may lie on an overlay; a tmpfs never does.
    subprocess.run(["mount", "-t", "tmpfs", "bare", str(folder)], check=True)
    try:
        for part in (top, wheels, upper, work):
            part.mkdir()
        options = f"lowerdir={lower},upperdir={upper},workdir={work}"
        subprocess.run(["mount", "-t", "overlay", "-o", options, "bare", str(top)], check=True)
        host = BareHost(top)
        made = wheel(folder)
        (version,) = lower.glob("usr/bin/python3.*[0-9]")
        dependencies(made, version.name.removeprefix("python"), wheels)
        shutil.copytree(wheels, top / "srv/wheels")
        installed = host.run("sh", "-ec", f"cd /srv/wheels{INSTALL}")
        assert installed.returncode == 0, installed.stdout + installed.stderr
        yield host
    finally:
        subprocess.run(["umount", "--recursive", str(folder)], check=True)
