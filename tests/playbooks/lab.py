"""The lab: two systems under test and a load host on this machine, and what plays do to them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.store import write_atomically
from tests.orphans import ended
from tests.playbooks.fleets import put_back, settings
from tests.playbooks.playing import ANSIBLE_PLAYBOOK, REPOSITORY

INVENTORY = REPOSITORY / "inventory/netns.yml"
SUTS = ("sut1", "sut2")
OWN = (
    "HOME=/root",
    "LC_ALL=C.UTF-8",
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
)
"""A host's environment: nothing in it is this machine's."""
QUICKLY = {"run_poll_seconds": 1, "run_keep_polls": 3, "run_lost_polls": 3}
"""Watched closely, because the tests' runs take seconds."""
PLAY_S, TEST_S = 1200.0, 3600.0
"""When a play, or a test of a few, is given up as hanging. A busy machine is ten times slower."""
LAB = Path("/run/bpf-timer-bench-lab")
OWNER = "tests"
"""File in a lab of the tests: their mark, which up.sh writes. A lab made by hand has none."""
SETTINGS = "settings.json"
"""Beside it: what plays may tune, as it was before the lab was made."""
PROVISIONED = "var/lib/bpf-timer-bench/provisioned.json"
"""What provisioning writes on a host, and restoring removes."""


@dataclass(frozen=True, slots=True)
class FleetOutcome:
    """What a playbook printed, and how it ended."""

    returncode: int
    output: str

    def recap(self, host: str, what: str) -> int:
        """A number of the recap, such as ``changed``."""
        found = re.search(rf"^{host} .*\b{what}=(\d+)", self.output, re.MULTILINE)
        assert found, self.output
        return int(found[1])

    @property
    def words(self) -> str:
        """The output with every run of white space as one space: Ansible breaks long lines."""
        return " ".join(self.output.split())


@dataclass(frozen=True, slots=True)
class Lab:
    """A lab that is up.

    Attributes:
        folder: Where its files are.
        results: Results folder of the controller.
        inventory: Names its hosts.
    """

    folder: Path
    results: Path
    inventory: Path = INVENTORY

    def root(self, host: str) -> Path:
        """A host's root folder, seen from here."""
        pid = (self.folder / host / "pid").read_text().strip()
        return Path(f"/proc/{pid}/root")

    def inside(self, host: str, *command: str) -> list[str]:
        """The command that runs a command on a host, without its sshd."""
        pid = (self.folder / host / "pid").read_text().strip()
        spaces = ["--mount", "--uts", "--net", "--root", "--wd"]
        return [
            "nsenter",
            f"--target={pid}",
            *spaces,
            "env",
            "--ignore-environment",
            *OWN,
            *command,
        ]

    def run(self, host: str, *command: str) -> str:
        """Standard output of a command that ends well on a host."""
        done = subprocess.run(self.inside(host, *command), capture_output=True, text=True)
        assert done.returncode == 0, f"{host}: {command}: {done.stdout}{done.stderr}"
        return done.stdout

    def sshd(self, host: str, action: str) -> None:
        """Start a host's sshd, or stop it with all its sessions."""
        subprocess.run([REPOSITORY / "lab/sshd.sh", host, action], check=True)

    def link(self, host: str, state: str) -> None:
        """Cut a host's link, ``down``, without a word to either side, or mend it, ``up``."""
        subprocess.run(["ip", "link", "set", f"btlab-{host}", state], check=True)

    def provision(self, *hosts: str) -> None:
        """Provision the hosts, unless they all are."""
        if not all((self.root(host) / PROVISIONED).exists() for host in hosts):
            outcome = self.play("playbooks/provision.yml")
            assert outcome.returncode == 0, outcome.output

    def fleets(self) -> list[Path]:
        """Folders of fleet runs, oldest first."""
        return sorted(file.parent for file in self.results.glob("*/fleet.json"))

    def play(
        self,
        *playbooks: str,
        mode: str = "",
        meanwhile: Callable[[PlayInProgress], None] | None = None,
        **variables: Any,
    ) -> FleetOutcome:
        """Run playbooks against the lab to their end.

        Args:
            playbooks: Files.
            mode: ``--check``, say, or several such words.
            meanwhile: Called while they run.
            variables: Extra variables.
        """
        with self.playing(*playbooks, mode=mode, **variables) as play:
            if meanwhile:
                meanwhile(play)
            returncode = play.process.wait()
        return FleetOutcome(returncode, play.output())

    @contextmanager
    def playing(
        self, *playbooks: str, mode: str = "", **variables: Any
    ) -> Iterator[PlayInProgress]:
        """Playbooks that run while the block does; killed at its end if they still do."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("ANSIBLE_")}
        environment |= {"LC_ALL": "C.UTF-8", "ANSIBLE_NOCOLOR": "1", "LAB": str(self.folder)}
        extra = QUICKLY | {"collect_results_path": str(self.results)} | variables
        log = self.results.parent / f"play-{time.monotonic_ns()}.log"
        with log.open("w") as file:
            process = subprocess.Popen(
                [
                    str(ANSIBLE_PLAYBOOK),
                    *(f"--inventory={self.inventory}", f"--extra-vars={json.dumps(extra)}"),
                    *mode.split(),
                    *playbooks,
                ],
                cwd=REPOSITORY,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                process_group=0,
            )
        try:
            yield PlayInProgress(process, log)
        except BaseException:
            _end(process)
            self.undo()
            raise
        finally:
            _end(process)

    def undo(self) -> None:
        """Undo what a failed test left on the hosts, so that only that one fails."""
        environment = os.environ | {"LAB": str(self.folder)}
        restore = ["playbooks/restore.yml", "--extra-vars=fleet_force=true"]
        command = [str(ANSIBLE_PLAYBOOK), f"--inventory={self.inventory}", *restore]
        subprocess.run(command, cwd=REPOSITORY, env=environment, stdin=subprocess.DEVNULL)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, 9)
        process.wait()


@dataclass(frozen=True, slots=True)
class PlayInProgress:
    """An ansible-playbook that runs."""

    process: subprocess.Popen[bytes]
    log: Path

    def output(self) -> str:
        """What it printed so far."""
        return self.log.read_text(errors="replace")

    def wait_for(self, text: str) -> None:
        """Wait until its output matches a regular expression."""
        deadline = time.monotonic() + PLAY_S
        while not re.search(text, self.output(), re.DOTALL):
            assert self.process.poll() is None, f"{text!r} never came:\n{self.output()}"
            assert time.monotonic() < deadline, f"{text!r} did not come:\n{self.output()}"
            time.sleep(0.1)

    def kill(self) -> None:
        """End it and its workers at once, as a crash of the controller would."""
        os.killpg(self.process.pid, 9)
        self.process.wait()


def remove_orphan(folder: Path) -> None:
    """Take down a lab whose tests were killed, such as by a machine's end; no other one.

    Its hosts share this machine's kernel, which may still be as they were tuned.
    """
    if is_orphan(folder):
        kept = folder / SETTINGS
        was = json.loads(kept.read_text()) if kept.exists() else {}
        down(folder)
        put_back(was)


def is_orphan(folder: Path) -> bool:
    """Whether the tests are over that made it; without a mark, if there is nothing in it yet."""
    file = folder / OWNER
    mark = file.read_text().strip() if file.exists() else ""
    if mark or not folder.is_dir():
        return ended(mark)
    return all(path == file for path in folder.iterdir())


def down(folder: Path) -> None:
    subprocess.run([REPOSITORY / "lab/down.sh"], env={**os.environ, "LAB": str(folder)}, check=True)


@contextmanager
def lab(folder: Path, results: Path, *hosts: str, inventory: Path = INVENTORY) -> Iterator[Lab]:
    """A lab that is up while the block runs, of the hosts named or of the usual ones."""
    remove_orphan(folder)
    found = settings()
    # Terminated, as by timeout(1), pytest would leave the lab behind.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    environment = {**os.environ, "LAB": str(folder)}
    made = subprocess.run(
        [REPOSITORY / "lab/up.sh", *hosts],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert made.returncode == 0, made.stdout
    try:
        write_atomically(folder / SETTINGS, json.dumps(found).encode())
        yield Lab(folder, results, inventory)
    finally:
        down(folder)
        signal.signal(signal.SIGTERM, before)
