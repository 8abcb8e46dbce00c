"""A guest: boot a kernel with the host's root file system, run one command, take its answer."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import bench
from bench.child import Child
from bench.errors import BenchError
from bench.guest import exchange
from bench.guest.console import console_lines, excerpt
from bench.guest.exchange import Answer, Step
from bench.guest.images import Image
from bench.guest.virtual import virtualisation, vng
from bench.host.emulated import VARIABLE
from bench.host.owner import scratch
from bench.record import Virtual
from bench.resources import Resource

TIMEOUT_S = 600.0
CPUS, MEMORY_MIB = 2, 2048
POLL_S = 0.1
MONITOR_S = 10.0
KILLED_S = 5.0
CODE = Path(bench.__file__).resolve().parents[1]
"""Where guests take bench from: the same as here, whatever is installed besides."""
_SAFE_PATH = re.compile(r"[\w./+-]+")
# The host's root a second time, for a mount with a cache; virtme-ng's own has none, and a guest
# would read its programs anew at every start.
_ROOT_AGAIN = (
    "-virtfs",
    f"local,path=/,mount_tag={exchange.ROOT_TAG},security_model=none,readonly=on,multidevs=remap",
)
# With a thread for each CPU, QEMU may execute an int3 that the kernel has taken out of its text
# meanwhile: 7.3 died so in each of two guests with two CPUs, "Oops: int3".
_ONE_THREAD = ("-accel", "tcg,thread=single")


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
    ) -> None:
        """Nothing is started yet.

        Raises:
            BenchError: The folder's path has characters that virtme-ng cannot pass on.
        """
        self.image = image
        self.shared = shared.resolve()
        self.virtual = virtual or virtualisation()
        if not _SAFE_PATH.fullmatch(str(self.shared)):
            raise BenchError(
                f"the shared folder {self.shared} cannot be passed to a guest",
                remedy="Use a path of letters, digits and ./+-_",
            )
        self._size = ("--cpus", str(cpus), "--memory", f"{memory_mib}M")
        self._parameters = ("oops=panic", *parameters)
        self._qemu = tuple(qemu)
        self._process: Child | None = None
        self._scratch: Path | None = None
        self._begin = 0.0

    def start(self, argv: Sequence[str], env: Mapping[str, str] | None = None) -> None:
        """Boot, and run ``argv`` as root; :meth:`wait` for it.

        Raises:
            BenchError: virtme-ng or QEMU is not installed.
        """
        tool = vng()
        marked = {VARIABLE: str(self.virtual), "PYTHONPATH": str(CODE), **(env or {})}
        exchange.write_request(self.shared, argv, marked)
        self._scratch = scratch("guest")
        self._held.callback(shutil.rmtree, self._scratch, ignore_errors=True)
        self._begin = time.monotonic()
        with (self.shared / exchange.CONSOLE).open("wb") as console:
            child = Child(
                self._command(tool, self._scratch / "monitor"),
                stdout=console,
                stderr=subprocess.STDOUT,
                cwd=self.shared,
                env=self._environment(tool, self._scratch),
            )
        self._held.callback(_await_group, child.pid)
        self._process = self._held.enter_context(child)

    def _command(self, tool: Path, monitor: Path) -> list[str]:
        emulate = [] if self.virtual is Virtual.KVM else ["--disable-kvm"]
        python = ["env", f"PYTHONPATH={CODE}", sys.executable]
        options = (*_monitor(monitor), *_ROOT_AGAIN, *self._threads(), *self._qemu)
        inside = [*python, "-m", "bench.guest.inside", str(self.shared)]
        return [
            *(str(tool), "--verbose", "--run", str(self.image.kernel), "--user", "root"),
            # The daemon of virtio-fs in Debian 12 is too old for virtme-ng; 9p needs none.
            *("--force-9p", "--disable-monitor", "--rwdir", str(self.shared), *emulate),
            *(*self._size, "--name", host_name(self.image.name)),
            *(word for item in self._parameters for word in ("--append", item)),
            f"--qemu-opts={shlex.join(options)}",
            *("--", *inside),
        ]

    def _threads(self) -> tuple[str, ...]:
        alone = self.virtual is Virtual.KVM or "-icount" in self._qemu  # That has one by itself.
        return () if alone else _ONE_THREAD

    def _environment(self, tool: Path, scratch: Path) -> dict[str, str]:
        path = f"{tool.parent}:/usr/sbin:/sbin:{os.environ.get('PATH', '')}"
        # vng asks the terminal for its size, if it thinks that there is one.
        return {**os.environ, "PATH": path, "TMPDIR": str(scratch), "TERM": "dumb"}

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
                monitor.connect(str(self._scratch / "monitor"))
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
            self.close()
            raise self._failed(f"did not end within {timeout_s:g} s")
        answer = exchange.read_answer(self.shared)
        if answer is None:
            raise self._failed(f"ended without an answer, virtme-ng with {process.code}")
        return self._result(answer, seconds)

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


def _monitor(path: Path) -> tuple[str, str]:
    return "-monitor", f"unix:{path},server=on,wait=off"


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
