"""Strays among real processes: one whose connection ends is found and ended, others are left."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.kernel.leftovers import wait_until

SSHD = """
import socket, subprocess, sys
connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
command = [sys.argv[2], "-m", "bench.load.generator", "client", "--silence", "600"]
print(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE).pid, flush=True)
sys.stdin.read()
"""
"""Like sshd: it has the connection of a generator that it started, which is all that is seen."""


class Session:
    """A generator under an sshd, and our end of the connection."""

    def __init__(self, folder: Path) -> None:
        program = folder / "sshd"
        program.symlink_to(sys.executable)
        with socket.create_server(("127.0.0.1", 0)) as server:
            words = ["-c", SSHD, str(server.getsockname()[1]), sys.executable]
            self.sshd = subprocess.Popen(
                [program, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            assert self.sshd.stdout is not None
            self.generator = int(self.sshd.stdout.readline())
            self.link, _ = server.accept()

    def end(self) -> None:
        self.link.close()
        self.sshd.communicate()


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    made = Session(tmp_path)
    try:
        yield made
    finally:
        made.end()


def strays(*words: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.load.strays", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_a_generator_is_left_while_its_connection_lives_and_ended_afterwards(
    session: Session,
) -> None:
    assert wait_until(lambda: session.generator in strays("--end")["in_use"])
    session.link.close()
    expected = {"pid": session.generator, "role": "client", "why": "its ssh connection is gone"}
    assert wait_until(lambda: strays()["strays"] == [expected | {"ended": False}])
    assert strays("--end")["strays"] == [expected | {"ended": True}]
    state = Path(f"/proc/{session.generator}/status")
    assert wait_until(lambda: not state.exists() or "zombie" in state.read_text())
