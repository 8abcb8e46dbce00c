"""A guest: boot a kernel, run one command in it, take its answer."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.child import Child
from bench.errors import BenchError
from bench.guest import exchange
from bench.guest.boot import Boot, Wanted, monitor_path
from bench.guest.console import console_lines, excerpt
from bench.guest.exchange import Answer, Step
from bench.guest.host_files import HostFiles
from bench.guest.images import Image
from bench.guest.virtual import virtualisation
from bench.host.emulated import VARIABLE
from bench.host.owner import scratch
from bench.record import Virtual
from bench.resources import Resource

TIMEOUT_S = 600.0
CPUS, MEMORY_MIB = 2, 2048
POLL_S = 0.1
MONITOR_S = 10.0
KILLED_S = 5.0
_SAFE_PATH = re.compile(r"[\w./+-]+")


@dataclass(frozen=True, slots=True)
class GuestResult:
    """A command that has run in a guest.

    Attributes:
        exit_code: Of the command; negative = killed by that signal.
        stdout: File with its output; ``stderr`` with its messages.
        console: File with the kernel's messages and those of the boot.
        release: ``uname -r`` of the guest.
        virtual: How the guest was executed.
        seconds: From start to end, boot included.
    """

    exit_code: int
    stdout: Path
    stderr: Path
    console: Path
    release: str
    virtual: Virtual
    seconds: float


class Guest(Resource):
    """One boot; use it as a context manager, so that nothing is left running.

    Args:
        image: The kernel.
        shared: Existing folder that guest and host both write; the same path in both.
        cpus: Number of CPUs.
        memory_mib: Memory.
        parameters: Additional parameters of the kernel.
        qemu: Additional options of QEMU.
        virtual: How it is to be executed; None = on the CPU if that can be had.
        boot: How it is started and gets its files; None = it sees the host's.

    Attributes:
        python: Path of Python in the guest.
    """

    def __init__(
        self,
        image: Image,
        shared: Path,
        *,
        cpus: int = CPUS,
        memory_mib: int = MEMORY_MIB,
        parameters: Sequence[str] = (),
        qemu: Sequence[str] = (),
        virtual: Virtual | None = None,
        boot: Boot | None = None,
    ) -> None:
        """Nothing is started yet.

        Raises:
            BenchError: The folder's path has characters that virtme-ng cannot pass on.
        """
        self.image = image
        self.shared = shared.resolve()
        self.virtual = virtual or virtualisation(machine=image.machine)
        if not _SAFE_PATH.fullmatch(str(self.shared)):
            raise BenchError(
                f"the shared folder {self.shared} cannot be passed to a guest",
                remedy="Use a path of letters, digits and ./+-_",
            )
        self._boot = boot or HostFiles()
        self.python = self._boot.python
        self._scratch: Path | None = None
        self._wanted = Wanted(
            image=image,
            shared=self.shared,
            cpus=cpus,
            memory_mib=memory_mib,
            parameters=("oops=panic", *parameters),
            qemu=tuple(qemu),
            virtual=self.virtual,
            name=host_name(image.name),
        )
        self._process: Child | None = None
        self._begin = 0.0

    def start(self, argv: Sequence[str], env: Mapping[str, str] | None = None) -> None:
        """Boot, and run ``argv`` as root; :meth:`wait` for it.

        Raises:
            BenchError: virtme-ng or QEMU is not installed, or what the guest needs cannot be made.
        """
        self._boot.check()
        marked = {VARIABLE: str(self.virtual), "PYTHONPATH": self._boot.path, **(env or {})}
        exchange.write_request(self.shared, argv, marked)
        self._scratch = scratch("guest")
        self._held.callback(shutil.rmtree, self._scratch, ignore_errors=True)
        started = self._boot.prepared(self._wanted, self._scratch)
        self._begin = time.monotonic()
        with (self.shared / exchange.CONSOLE).open("wb") as console:
            child = Child(
                started.command,
                stdout=console,
                stderr=subprocess.STDOUT,
                cwd=self.shared,
                env=started.env,
            )
        self._held.callback(_await_group, child.pid)
        self._process = self._held.enter_context(child)

    def heard(self, file: str) -> str:
        """What the command has written to a file of the shared folder so far."""
        return self._boot.heard(self._wanted, file)

    def nmi(self) -> None:
        """Send a non-maskable interrupt to every CPU of the running guest.

        Raises:
            BenchError: See :meth:`monitor`.
        """
        self.monitor("nmi")

    def monitor(self, *commands: str) -> None:
        """Give commands to QEMU's monitor, one after the other.

        Raises:
            BenchError: It does not answer.
        """
        assert self._scratch is not None
        try:
            with socket.socket(socket.AF_UNIX) as monitor:
                monitor.settimeout(MONITOR_S)
                monitor.connect(str(monitor_path(self._scratch)))
                _until_prompt(monitor)
                for command in commands:
                    monitor.sendall(f"{command}\n".encode())
                    _until_prompt(monitor)
        except OSError as error:
            told = "; ".join(commands)
            raise BenchError(f"{self.image.name}: no {told}: QEMU's monitor: {error}") from error

    def wait(
        self, timeout_s: float = TIMEOUT_S, *, nmi_when: Callable[[], bool] | None = None
    ) -> GuestResult:
        """Wait for the command and the guest's end.

        Args:
            timeout_s: Time for boot and command together.
            nmi_when: Send one NMI as soon as this is true.

        Raises:
            BenchError: See :meth:`poll`.
        """
        while (result := self.poll(timeout_s)) is None:
            if nmi_when is not None and nmi_when():
                self.nmi()
                nmi_when = None
            time.sleep(POLL_S)
        return result

    def poll(self, timeout_s: float = TIMEOUT_S) -> GuestResult | None:
        """The result if the guest has ended, else None.

        Args:
            timeout_s: Time for boot and command together.

        Raises:
            BenchError: The guest crashed, hung or could not prepare itself: names kernel and
                step; the detail has the console's last lines.
        """
        process = self._process
        assert process is not None
        seconds = time.monotonic() - self._begin
        if process.code is None:
            if seconds < timeout_s:
                return None
            self._end()
            raise self._failed(f"did not end within {timeout_s:g} s")
        self._end()
        answer = exchange.read_answer(self.shared)
        if answer is None:
            raise self._failed(f"ended without an answer, its emulator with {process.code}")
        return self._result(answer, seconds)

    def _end(self) -> None:
        """End what still runs, and have all that the guest has written."""
        assert self._process is not None and self._scratch is not None
        self._process.close()
        self._boot.collect(self._wanted, self._scratch)

    def _result(self, answer: Answer, seconds: float) -> GuestResult:
        if answer.exit_code is None:
            raise self._failed(f"could not run the command: {answer.error.strip()}")
        return GuestResult(
            exit_code=answer.exit_code,
            stdout=self.shared / exchange.STDOUT,
            stderr=self.shared / exchange.STDERR,
            console=self.shared / exchange.CONSOLE,
            release=answer.release,
            virtual=self.virtual,
            seconds=seconds,
        )

    def _failed(self, what: str) -> BenchError:
        step = exchange.read_step(self.shared)
        why, shown = excerpt(console_lines(self.shared / exchange.CONSOLE))
        log = f"The whole console: {self.shared / exchange.CONSOLE}"
        remedy = f"Try another kernel. {log}" if step is Step.BOOT else log
        says = f"; its console says: {why}" if why else ""
        return BenchError(
            f"guest {self.image.name} ({self.image.source}) {what}, at step {step}{says}",
            remedy=remedy,
            detail="\n".join(shown),
        )


def _await_group(group: int) -> None:
    """QEMU is a child of a child: it needs a moment to give its memory back."""
    end = time.monotonic() + KILLED_S
    while _alive(group) and time.monotonic() < end:
        time.sleep(POLL_S)


def _alive(group: int) -> bool:
    """Whether a process of the group is more than a zombie that nobody has reaped yet."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _parent, of = path.read_text().rpartition(") ")[2].split()[:3]
        except (OSError, ValueError):
            continue  # it ended meanwhile
        if int(of) == group and state != "Z":
            return True
    return False


def host_name(name: str) -> str:
    """A name for ``uname -n``, so that runs name their kernels: ``debian-6-12``."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[-40:].strip("-") or "guest"


def _until_prompt(monitor: socket.socket) -> None:
    seen = b""
    while not seen.endswith(b"(qemu) "):
        data = monitor.recv(4096)
        if not data:
            raise ConnectionResetError("closed")
        seen += data
