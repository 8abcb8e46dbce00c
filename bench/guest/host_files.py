"""A guest that sees the host's files by 9p, booted by virtme-ng."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

import bench
from bench.guest import exchange
from bench.guest.boot import Started, Wanted, monitor
from bench.guest.virtual import vng
from bench.record import Virtual

CODE = Path(bench.__file__).resolve().parents[1]
"""Where guests take bench from: the same as here, whatever is installed besides."""
# The host's root a second time, for a mount with a cache; virtme-ng's own has none, and a guest
# would read its programs anew at every start.
_ROOT_AGAIN = (
    "-virtfs",
    f"local,path=/,mount_tag={exchange.ROOT_TAG},security_model=none,readonly=on,multidevs=remap",
)


class HostFiles:
    """The host's root, read-only, and the shared folder itself."""

    python = sys.executable
    path = str(CODE)

    def check(self) -> None:
        """See :meth:`bench.guest.boot.Boot.check`."""
        vng()

    def prepared(self, wanted: Wanted, scratch: Path) -> Started:
        """The command of virtme-ng."""
        tool = vng()
        emulate = [] if wanted.virtual is Virtual.KVM else ["--disable-kvm"]
        python = ["env", f"PYTHONPATH={self.path}", self.python]
        options = (*monitor(scratch), *_ROOT_AGAIN, *wanted.threads, *wanted.qemu)
        command = [
            *(str(tool), "--verbose", "--run", str(wanted.image.kernel), "--user", "root"),
            # The daemon of virtio-fs in Debian 12 is too old for virtme-ng; 9p needs none.
            *("--force-9p", "--disable-monitor", "--rwdir", str(wanted.shared), *emulate),
            *("--cpus", str(wanted.cpus), "--memory", f"{wanted.memory_mib}M"),
            *("--name", wanted.name),
            *(word for item in wanted.parameters for word in ("--append", item)),
            f"--qemu-opts={shlex.join(options)}",
            *("--", *python, "-m", "bench.guest.inside", str(wanted.shared)),
        ]
        path = f"{tool.parent}:/usr/sbin:/sbin:{os.environ.get('PATH', '')}"
        # vng asks the terminal for its size, if it thinks that there is one.
        return Started(
            command, {**os.environ, "PATH": path, "TMPDIR": str(scratch), "TERM": "dumb"}
        )

    def heard(self, wanted: Wanted, file: str) -> str:
        """It is there as soon as it is written."""
        path = wanted.shared / file
        return path.read_text(errors="replace") if path.exists() else ""

    def collect(self, wanted: Wanted, scratch: Path) -> None:
        """Everything is there already."""
