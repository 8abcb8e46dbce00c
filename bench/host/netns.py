"""Network namespaces of a trial: made, entered by one thread, removed with all they hold.

Their names begin with :data:`PREFIX` and the pid of the process that made them, so that
what a killed process left behind can be distinguished from what a living one uses.
"""

from __future__ import annotations

import ctypes
import itertools
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.errors import BenchError, explained
from bench.process import CommandError, run

PREFIX = "btb-"
RUN_DIR = Path("/run/netns")
"""Where iproute2 keeps named namespaces (ip-netns(8)); it mounts this folder on itself."""
CLONE_NEWNET = 0x4000_0000
OWN = Path("/proc/thread-self/ns/net")
SO_NETNS_COOKIE = 71
"""socket(7), include/uapi/asm-generic/socket.h; Linux 5.14."""
NEEDED = "Run as root, with iproute2 installed"
_serial = itertools.count()


@dataclass(frozen=True, slots=True)
class Namespace:
    """A named network namespace."""

    name: str

    @property
    def path(self) -> Path:
        """File that stands for it, for setns(2) and nsenter(1)."""
        return RUN_DIR / self.name

    def ip(self, *words: str) -> str:
        """What ``ip`` with these words prints inside.

        Raises:
            CommandError: It failed.
        """
        return run(["ip", "-n", self.name, *words], remedy=NEEDED)


@contextmanager
def namespaces(*roles: str) -> Iterator[tuple[Namespace, ...]]:
    """New, empty namespaces, one per role, removed when the block ends.

    Names are unique among all processes: prefix, pid, number, role. Loopback is up.

    Raises:
        CommandError: One cannot be made; those made before it are removed.
    """
    number = next(_serial)
    made = tuple(Namespace(f"{PREFIX}{os.getpid()}-{number}-{role}") for role in roles)
    mounted_before = _is_mounted()
    try:
        for each in made:
            run(["ip", "netns", "add", each.name], remedy=NEEDED)
            each.ip("link", "set", "lo", "up")
        yield made
    finally:
        for each in made:
            remove(each)
        if not mounted_before:
            unmount_empty()


def remove(namespace: Namespace) -> None:
    """Remove a namespace's name; harmless when there is none.

    The kernel frees it once no process is left inside.
    """
    if namespace.path.exists():
        with suppress(CommandError):  # another process may have removed it meanwhile
            run(["ip", "netns", "delete", namespace.name], remedy=NEEDED)


def own_cookie() -> int:
    """The kernel's number for this thread's network namespace, never used twice in a boot.

    Raises:
        BenchError: The kernel does not say.
    """
    with explained("ask for the network namespace's cookie", remedy="Use kernel 5.14 or newer"):
        return _cookie()


def _cookie() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        raw = any_socket.getsockopt(socket.SOL_SOCKET, SO_NETNS_COOKIE, 8)
    return int.from_bytes(raw, sys.byteorder)


def owner(name: str) -> int | None:
    """Pid of the process that made a namespace of this name; None if it is not ours."""
    fields = name.removeprefix(PREFIX).split("-") if name.startswith(PREFIX) else [""]
    return int(fields[0]) if fields[0].isdecimal() else None


def _is_mounted() -> bool:
    points = (line.split()[1] for line in Path("/proc/mounts").read_text().splitlines())
    return str(RUN_DIR) in points


def unmount_empty() -> None:
    """Take iproute2's own mount away again, unless somebody uses it by now."""
    if not RUN_DIR.is_dir() or any(RUN_DIR.iterdir()):
        return
    with suppress(CommandError, OSError):
        run(["umount", RUN_DIR])
        RUN_DIR.rmdir()


def enter(namespace: Namespace) -> None:
    """Move the calling thread into a namespace for good.

    Raises:
        BenchError: The kernel refused, or the namespace is gone.
    """
    _set(namespace.path)


@contextmanager
def inside(namespace: Namespace) -> Iterator[None]:
    """The calling thread is in a namespace while the block runs; other threads are not.

    Raises:
        BenchError: The kernel refused, or the namespace is gone.
    """
    home = os.open(OWN, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _set(namespace.path)
        try:
            yield
        finally:
            _setns(home, "the thread's own namespace")
    finally:
        os.close(home)


def _set(path: Path) -> None:
    with explained(f"open namespace {path}", remedy="Was it removed meanwhile? Start a new run"):
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _setns(fd, str(path))
    finally:
        os.close(fd)


def _setns(fd: int, what: str) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(fd, CLONE_NEWNET) != 0:
        reason = os.strerror(ctypes.get_errno())
        raise BenchError(f"cannot enter {what}: {reason}", remedy=NEEDED)
