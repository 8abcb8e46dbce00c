"""One setting of the running kernel that a measurement changes, and puts back however it ends.

What was there is written down first. A process of its own then waits for the end of its standard
input, which comes when the measurement ends in any way, SIGKILL included; it puts the value back
and removes the note. If that process is killed as well, the note is left: whoever measures next in
this way puts the value back first, and a reboot forgets both.

``python -m bench.host.sysctl NOTE`` is that process.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from bench.child import Child
from bench.errors import BenchError, UsageError, quoted
from bench.resources import Resource

NOTE = Path("/run/bpf-timer-bench/sysctl.json")
"""Forgotten by a reboot, as the setting is."""
SYSCTLS = Path("/proc/sys")
GRACE_S = 10.0
_NAME = re.compile(r"[A-Za-z0-9_-]+([./][A-Za-z0-9_-]+)+")


def path_of(name: str, root: Path = SYSCTLS) -> Path:
    """The file of a setting, named as sysctl(8) does: ``kernel.timer_migration``.

    Raises:
        UsageError: It is no name of a setting, or this kernel has none of this name.
    """
    parts = name.split("/" if "/" in name else ".")
    if not _NAME.fullmatch(name) or not root.joinpath(*parts).is_file():
        raise UsageError(
            f"--sysctl {quoted(name)}: this kernel has no such setting",
            remedy="`sysctl -a` lists those that it has",
        )
    return root.joinpath(*parts)


def put_back(note: Path = NOTE) -> str | None:
    """Put back what a note says, and remove it; the setting's file, None if there is no note.

    Raises:
        BenchError: The note cannot be read, or the kernel refuses the value.
    """
    try:
        kept = json.loads(note.read_text())
        path, value = Path(kept["path"]), str(kept["value"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        remedy = "Set the sysctl by hand, then remove the file"
        raise BenchError(f"cannot read {note}: {error}", remedy=remedy) from error
    _write(path, value)
    note.unlink(missing_ok=True)
    return str(path)


class Sysctl(Resource):
    """A setting that may be changed until it is closed.

    Args:
        name: As sysctl(8) has it.
        note: Where the value found is written down.
        root: Where the settings are.
    """

    def __init__(self, name: str, note: Path = NOTE, root: Path = SYSCTLS) -> None:
        """Change nothing yet.

        Raises:
            UsageError: There is no such setting.
        """
        self.name, self.path = name, path_of(name, root)
        self._note, self._set = note, ""

    def _open(self) -> None:
        """Write down what is there; from now on it is put back whatever happens.

        Raises:
            BenchError: It cannot be read, or no note can be written.
        """
        put_back(self._note)  # Of a measurement that was killed with its guard.
        self._set = _read(self.path)
        try:
            self._note.parent.mkdir(parents=True, exist_ok=True)
            text = json.dumps({"name": self.name, "path": str(self.path), "value": self._set})
            with self._note.open("w") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            problem = f"cannot write {self._note}: {error.strerror}"
            raise BenchError(problem, remedy="Nothing was changed") from error
        self._held.callback(put_back, self._note)  # Nothing is left to do if the guard did it.
        guard = Child(
            [sys.executable, "-m", "bench.host.sysctl", self._note],
            what="the guard of the sysctl",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            grace_s=GRACE_S,
        )
        self._held.enter_context(guard)
        guard.line("watch", GRACE_S)

    def set(self, value: str) -> None:
        """Change it, and read it back.

        Raises:
            BenchError: Somebody else changed it meanwhile, or the kernel does not take the value.
        """
        now = _read(self.path)
        if not _same(now, self._set):
            raise BenchError(
                f"{self.name} is {quoted(now)}, but was set to {quoted(self._set)} for measuring",
                remedy="Find out who changed it, and start a new run",
            )
        _write(self.path, value)
        self._set = value


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError as error:
        raise BenchError(f"cannot read {path}: {error.strerror}") from error


def _write(path: Path, value: str) -> None:
    try:
        path.write_text(value)
    except OSError as error:
        problem = f"{path} refuses {quoted(value)}: {error.strerror}"
        raise BenchError(problem, remedy="Choose a value that this kernel takes") from error
    if not _same(_read(path), value):
        raise BenchError(
            f"{path} is {quoted(_read(path))} after setting it to {quoted(value)}",
            remedy="Write the value as the kernel shows it",
        )


def _same(first: str, second: str) -> bool:
    """The kernel separates several numbers by tabs."""
    return first.split() == second.split()


def main() -> None:
    """Wait for the end of the measurement, and put back what it changed."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # It ends by the end of its input only.
    sys.stdout.write("watching\n")
    sys.stdout.flush()
    sys.stdin.buffer.read()
    put_back(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
