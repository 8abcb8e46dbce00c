"""``python -m bench.load.strays [--end]``: load generators on this host whose runner is gone.

A generator ends by itself soon after its runner fell silent (``bench.load.lifeline``). This finds
those that do not: of versions that waited for ever, or stopped by a signal. Only processes that
are generators of this tool by their command line are looked at, and only those are ended whose
runner or ssh connection is seen to be gone. Prints one JSON object: ``strays`` and ``in_use``.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bench.errors import BenchError
from bench.process import run

PROC = Path("/proc")
MODULE = "bench.load.generator"
QUIET_S = 30
"""The runner's ssh sends at least every 5 s; without a byte for so long the link is cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process as /proc shows it.

    Attributes:
        words: Its command line.
        netns: Inode of its network namespace; None if it may not be looked at.
    """

    pid: int
    parent: int
    name: str
    words: tuple[str, ...]
    netns: str | None = None

    @property
    def role(self) -> str | None:
        """Which side of the load it is; None if it is no generator of this tool."""
        match self.words:
            case (python, "-m", str(module), ("server" | "client") as role, *_):
                ours = module == MODULE and Path(python).name.startswith("python")
                return role if ours else None
        return None

    @property
    def runner(self) -> int | None:
        """Pid of the runner that started it on this host; None for one started over ssh."""
        words = iter(self.words)
        found = next(words, "") if "--parent" in words else ""
        return int(found) if found.isdecimal() else None


def stray(
    one: Process, processes: Mapping[int, Process], quiet_ms: Mapping[int, int]
) -> str | None:
    """Why a generator is a stray; None if it is in use, or that cannot be known.

    Args:
        one: The generator.
        processes: All of them, by pid.
        quiet_ms: Pid -> how long nothing came over its latest TCP connection, for processes
            that have an established one.
    """
    if one.runner is not None:
        gone = one.parent != one.runner or one.runner not in processes
        return f"its runner, pid {one.runner}, is gone" if gone else None
    above = list(_ancestors(one, processes))
    known = [quiet_ms[each.pid] for each in above if each.pid in quiet_ms]
    if known:
        seconds = min(known) // 1000
        return f"nothing came over its connection for {seconds} s" if seconds > QUIET_S else None
    if any(each.name.startswith("sshd") for each in above):
        return "its ssh connection is gone"
    return "its parent is gone" if one.parent == 1 else None


def _ancestors(one: Process, processes: Mapping[int, Process]) -> Iterator[Process]:
    parent = processes.get(one.parent)
    while parent is not None:
        yield parent
        parent = processes.get(parent.parent)


def all_processes(proc: Path = PROC) -> dict[int, Process]:
    """Every process, by pid."""
    found = (_process(entry) for entry in proc.iterdir() if entry.name.isdecimal())
    return {each.pid: each for each in found if each is not None}


def _process(entry: Path) -> Process | None:
    try:
        name, _, rest = (entry / "stat").read_text().partition("(")[2].rpartition(") ")
        words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")[:-1]
    except OSError:
        return None  # It ended meanwhile.
    netns = None
    with suppress(OSError):
        netns = os.readlink(entry / "ns/net")
    parent = int(rest.split()[1])
    return Process(pid=int(entry.name), parent=parent, name=name, words=tuple(words), netns=netns)


def quiet_connections() -> dict[int, int]:
    """Pid -> ms since a byte came over its established TCP connections, the latest of them.

    Raises:
        CommandError: There is no ss(8) here.
    """
    words = ["ss", "--no-header", "--tcp", "--info", "--numeric", "--processes"]
    return parse_quiet(run([*words, "state", "established"], remedy="Install iproute2"))


def parse_quiet(text: str) -> dict[int, int]:
    """What ``ss`` says, as :func:`quiet_connections`; a line of its own has the details."""
    found: dict[int, int] = {}
    for line in re.sub(r"\n\s+", " ", text).splitlines():
        last = re.search(r"\blastrcv:(\d+)", line)
        quiet = int(last[1]) if last else 0  # Left out where it is 0.
        for pid in map(int, re.findall(r"\bpid=(\d+)", line)):
            found[pid] = min(quiet, found.get(pid, quiet))
    return found


def end(one: Process, proc: Path = PROC) -> bool:
    """End it, unless its pid is another process's by now; whether that was so."""
    with suppress(ProcessLookupError):
        descriptor = os.pidfd_open(one.pid)
        try:
            now = _process(proc / str(one.pid))
            if now is not None and now.words == one.words:
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
                return True
        finally:
            os.close(descriptor)
    return False


def main() -> None:
    """Find them, end them if asked to, and report it."""
    parser = argparse.ArgumentParser(prog=f"python -m {__spec__.name}", description=__doc__)
    parser.add_argument("--end", action="store_true", help="end the strays")
    ends = parser.parse_args().end
    processes = all_processes()
    here = processes[os.getpid()].netns
    # The connections of another namespace are not seen from here.
    mine = [p for p in processes.values() if p.role and (p.runner or p.netns == here)]
    quiet = quiet_connections() if mine else {}
    why = {one: stray(one, processes, quiet) for one in mine}
    strays = [
        {"pid": one.pid, "role": one.role, "why": text, "ended": ends and end(one)}
        for one, text in why.items()
        if text
    ]
    in_use = [one.pid for one, text in why.items() if not text]
    print(json.dumps({"strays": strays, "in_use": in_use}))


if __name__ == "__main__":
    try:
        main()
    except BenchError as error:
        sys.exit(f"error: {error}")
