"""Where the kernel's special file systems are mounted; mounting is provisioning's work."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from bench.installation import remedy

PROC = Path("/proc")
_OCTAL = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Mounts:
    """First visible mount point of each file system; None = not mounted."""

    tracefs: Path | None
    bpffs: Path | None
    debugfs: Path | None
    cgroup2: Path | None


POINTS = {
    "tracefs": ("tracefs", "/sys/kernel/tracing"),
    "bpffs": ("bpf", "/sys/fs/bpf"),
    "debugfs": ("debugfs", "/sys/kernel/debug"),
}
"""Types and usual mount points; provisioning mounts the first two."""
CGROUP = "/sys/fs/cgroup"


def find_mounts(proc: Path = PROC) -> Mounts:
    """Read ``/proc/mounts``; source of its format: ``proc_pid_mounts(5)``, ``fstab(5)``."""
    by_point = _visible(proc)
    return Mounts(
        tracefs=_first(by_point, "tracefs"),
        bpffs=_first(by_point, "bpf"),
        debugfs=_first(by_point, "debugfs"),
        cgroup2=_first(by_point, "cgroup2"),
    )


def unescaped(word: str) -> str:
    """A word of a line on mounts, whose blanks and the like are written in octal."""
    return _OCTAL.sub(lambda code: chr(int(code[1], 8)), word)


def mount_remedy(kind: str, proc: Path = PROC) -> str:
    """How to mount what is not mounted here.

    Args:
        kind: A field of :class:`Mounts`.
        proc: Where procfs is mounted.
    """
    if kind == "cgroup2":
        return f"Run `{_mount_cgroup2(_visible(proc))}`"
    name, point = POINTS[kind]
    return remedy(f"mount -t {name} none {point}")


def _mount_cgroup2(by_point: dict[str, str]) -> str:
    """Beside the hierarchies of version 1 where there are some, else in their place."""
    if "cgroup" not in by_point.values():
        return f"mount -t cgroup2 none {CGROUP}"
    point = f"{CGROUP}/unified"
    return f"mkdir -p {point} && mount -t cgroup2 none {point}"


def _visible(proc: Path) -> dict[str, str]:
    """Type of file system by mount point, in the order of mounting."""
    by_point: dict[str, str] = {}
    for line in (proc / "mounts").read_text().splitlines():
        _device, point, kind, *_ = line.split(" ")
        # A later mount on the same point hides the earlier one.
        by_point.pop(point, None)
        by_point[point] = kind
    return by_point


def _first(by_point: dict[str, str], wanted: str) -> Path | None:
    for point, kind in by_point.items():
        if kind == wanted:
            return Path(unescaped(point))
    return None
