"""A root file system of another Debian, for hosts of the lab: debian.py SUITE. Prints its path.

It is made once and kept in the cache, by the packages that it has. The host is as bare as the lab's
others: an sshd and Python, the packages of provisioning, but for some that provisioning has to
install from the mirror in /srv/mirror. They come from where this machine's own come from.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import yaml

from bench.installation import cache_dir

ROOTS = cache_dir() / "roots"
ROLE = Path(__file__).resolve().parent.parent / "playbooks/roles/host"
RECIPE = 1
"""Changed whenever :func:`make` makes something else of the same packages."""
OWN = ("ca-certificates", "openssh-server", "python3")
"""What a host has before it is provisioned, beside the packages below."""
MIRRORED = ("bpftool", "python3-apt", "python3-venv")
"""What provisioning has to install."""
UNUSED = (
    *("chromium", "fonts-liberation", "mmdebstrap", "qemu-system-arm", "qemu-system-x86"),
    "shellcheck",
)
"""For developing only, of no use to tests of ``tests/unit`` and ``tests/kernel``, and large."""
TARGETS = "$(REPO_URI)|$(RELEASE)|$(CODENAME)|$(COMPONENT)"
DOWNLOAD = "; ".join(
    [
        "set -e",
        'export APT_CONFIG="$MMDEBSTRAP_APT_CONFIG"',
        'rm -f "$1"/var/cache/apt/archives/*.deb',
        f"apt-get -qq --no-install-recommends --download-only install {' '.join(MIRRORED)}",
        'mkdir -p "$1/srv/mirror"',
        'mv "$1"/var/cache/apt/archives/*.deb "$1/srv/mirror"',
    ]
)
"""Run by mmdebstrap once all else is installed; its argument is the root."""


def packages() -> list[str]:
    """What is installed: the role's packages, those of OWN, and kernel headers."""
    defaults = yaml.safe_load((ROLE / "defaults/main.yml").read_text())
    wanted = {*defaults["host_packages"], *defaults["host_packages_dev"], *OWN}
    machine = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
    wanted.add(f"linux-headers-cloud-{machine}")
    return sorted(wanted.difference(MIRRORED, UNUSED))


def sources(targets: Iterable[str], codename: str, suite: str) -> list[str]:
    """Lines of sources.list for a suite, from the mirrors that this machine has its own from.

    Args:
        targets: Index targets of this machine, in the form of TARGETS.
        codename: Of this machine's Debian.
        suite: The one that is wanted.
    """
    found = (line.split("|") for line in targets)
    mirrors = {
        uri: None
        for uri, release, name, component in found
        if codename in (release, name) and component == "main"
    }
    return [f"deb {uri} {suite} main" for uri in mirrors]


def output(*command: str) -> str:
    """What a command prints."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def make(
    root: Path, suite: str, wanted: Sequence[str], lock: int, hooks: Sequence[str] = ()
) -> None:
    """Make the root; what mmdebstrap says goes to standard error. It holds the lock, too.

    Args:
        root: The folder.
        suite: Of Debian.
        wanted: Packages to have.
        lock: Descriptor that mmdebstrap inherits.
        hooks: Run once all is installed; ``$1`` is the root.
    """
    targets = output("apt-get", "indextargets", "--format", TARGETS, "Created-By: Packages")
    codename = platform.freedesktop_os_release()["VERSION_CODENAME"]
    mirrors = sources(targets.splitlines(), codename, suite)
    if not mirrors:
        sys.exit(f"error: apt has no source for {codename}, whose mirror would have {suite}, too")
    proxies = [
        line
        for line in output("apt-config", "dump", "--format", '%F "%v";%n').splitlines()
        if line.startswith("Acquire::") and "::Proxy" in line and not line.endswith('"";')
    ]
    # In a mount namespace of its own, so that nothing stays mounted in a root that is given up; and
    # without an initramfs for the kernel that its headers bring along.
    command = ["unshare", "--mount", "env", "INITRD=No", "mmdebstrap", "--quiet", "--mode=root"]
    command += ["--variant=apt", "--format=directory", "--dpkgopt=force-unsafe-io"]
    command += [f"--aptopt={line}" for line in proxies]
    command += [f"--include={','.join(wanted)}", *(f"--customize-hook={hook}" for hook in hooks)]
    command += [suite, str(root), *mirrors]
    subprocess.run(command, check=True, stdout=sys.stderr, pass_fds=[lock])


def kept(folder: Path, name: str, make_at: Callable[[Path, int], None]) -> Path:
    """The folder of this name, made unless it is there: by one process, wholly or not at all."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target, partial = folder / name, folder / f"{name}.partial"
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.is_dir():
            with suppress(FileNotFoundError):  # What a maker that was killed left.
                shutil.rmtree(partial)
            make_at(partial, lock.fileno())
            partial.rename(target)
    return target


def main(suite: str) -> None:
    """Print the path of the suite's root."""
    if os.geteuid() != 0:
        sys.exit("error: a root file system has files of root; run it as root")
    wanted = packages()
    text = "\n".join([suite, str(RECIPE), DOWNLOAD, *wanted])
    name = f"{suite}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    print(kept(ROOTS, name, lambda root, lock: make(root, suite, wanted, lock, [DOWNLOAD])))


if __name__ == "__main__":
    main(*sys.argv[1:])
