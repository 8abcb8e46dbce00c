"""Strays among real processes: one whose connection ends is found and ended, others are left."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.running import running
from tests.waiting import wait_until

SSHD = """
import socket, sys
from subprocess import PIPE, Popen
connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
command = [sys.argv[2], "-m", "bench.load.generator", "client", "--silence", "600"]
print(Popen(command, stdin=PIPE, stdout=PIPE).pid, flush=True)
sys.stdin.read()
"""
"""Like sshd: it has the connection of a generator that it started, which is all that is seen."""


@dataclass(frozen=True)
class Session:
    """A generator under an sshd, and our end of the connection."""

    generator: int
    link: socket.socket


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    program = tmp_path / "sshd"
    program.symlink_to(sys.executable)
    with socket.create_server(("127.0.0.1", 0)) as server:
        command = [str(program), "-c", SSHD, str(server.getsockname()[1]), sys.executable]
        with running(command, stdin=subprocess.PIPE) as sshd:
            assert sshd.stdout is not None
            generator = int(sshd.stdout.readline())
            link, _ = server.accept()
            with link:
                yield Session(generator, link)


def strays(*words: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.load.strays", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_a_generator_is_left_while_its_connection_lives_and_ended_afterwards(
    session: Session,
) -> None:
    in_use = wait_until("the generator", lambda: strays("--end")["in_use"])
    assert session.generator in in_use
    session.link.close()
    expected = {"pid": session.generator, "role": "client", "why": "its ssh connection is gone"}
    seen = wait_until("a stray", lambda: strays()["strays"])
    assert seen == [expected | {"ended": False}]
    assert strays("--end")["strays"] == [expected | {"ended": True}]
    state = Path(f"/proc/{session.generator}/status")
    wait_until("its end", lambda: not state.exists() or "zombie" in state.read_text())
