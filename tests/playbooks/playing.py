"""Runs playbooks as a user does, and reads what became of the host by other means."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
ANSIBLE_PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a playbook printed, and how it ended."""

    returncode: int
    output: str

    @property
    def changed(self) -> int:
        """Number of changed tasks, from the recap."""
        found = re.search(r"^localhost .*\bchanged=(\d+)", self.output, re.MULTILINE)
        assert found, self.output
        return int(found[1])

    @property
    def words(self) -> str:
        """The output with every run of white space as one space: Ansible breaks long lines."""
        return " ".join(self.output.split())


@dataclass(frozen=True, slots=True)
class Namespace:
    """A mount namespace of its own, in which a test mounts and unmounts as it likes."""

    pid: int
    enter: list[str]

    def run(self, *command: str) -> str:
        """Standard output of a command that runs inside."""
        return subprocess.run(
            [*self.enter, *command], check=True, capture_output=True, text=True
        ).stdout

    def mounts(self) -> set[tuple[str, str]]:
        """(mount point, type) of every mount inside."""
        lines = Path(f"/proc/{self.pid}/mounts").read_text().splitlines()
        return {(line.split()[1], line.split()[2]) for line in lines}


def play(
    *playbooks: str, inside: Namespace | None = None, mode: str = "", **variables: Any
) -> Outcome:
    """Run playbooks; extra variables go as JSON, to keep their types; mode is ``--check``, say."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ANSIBLE_")}
    environment |= {"LC_ALL": "C.UTF-8", "ANSIBLE_NOCOLOR": "1"}
    arguments = ["--extra-vars", json.dumps(variables), *([mode] if mode else [])]
    done = subprocess.run(
        [*(inside.enter if inside else []), str(ANSIBLE_PLAYBOOK), *playbooks, *arguments],
        cwd=REPOSITORY,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return Outcome(done.returncode, done.stdout)


@contextmanager
def namespace(*unshared: str) -> Iterator[Namespace]:
    """A namespace that lives as long as the block; nothing done in it reaches the host."""
    holder = subprocess.Popen(["unshare", "--mount", *unshared, "sleep", "infinity"])
    try:
        # unshare becomes sleep only after its mounts no longer propagate to the host.
        name = Path(f"/proc/{holder.pid}/comm")
        deadline = time.monotonic() + 10
        while holder.poll() is None and name.read_text() != "sleep\n":
            assert time.monotonic() < deadline, "unshare made no namespace"
            time.sleep(0.01)
        assert holder.returncode is None, "unshare failed"
        kinds = ["--mount", "--root", *unshared]
        enter = ["nsenter", f"--target={holder.pid}", *kinds, f"--wd={REPOSITORY}"]
        yield Namespace(holder.pid, enter)
    finally:
        holder.kill()
        holder.wait()
