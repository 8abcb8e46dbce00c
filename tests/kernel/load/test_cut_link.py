"""A link to the load host that is cut without a word: the generator ends, and the runner says so.

In place of ssh two relays pass bytes on, as it does. Stopped, they are a cut link: no end of
stream, no error, nothing.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.load import peer
from bench.load.controller import Load, LoadHost, LoadPlan
from tests.kernel.leftovers import load_processes
from tests.waiting import wait_until

SSH = f"""#!/bin/sh
cat | {sys.executable} -m bench.load.generator client --silence 2 --allow 127.0.0.1 | cat
"""


@pytest.fixture
def load_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LoadHost:
    (tmp_path / "ssh").write_text(SSH)
    (tmp_path / "ssh").chmod(0o755)
    (tmp_path / "id").touch()
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return LoadHost(destination="root@load1", identity=tmp_path / "id", addresses=("127.0.0.1",))


def children(pid: int) -> Iterator[tuple[int, str]]:
    for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        yield int(word), Path(f"/proc/{word}/comm").read_text().strip()


def test_a_cut_link_leaves_no_load_behind_and_the_load_host_is_named(
    load_host: LoadHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peer, "ANSWER_S", 0.5)
    with Load(client_on=load_host, count=1) as load:
        load.start(LoadPlan(rate_hz=200))
        wait_until("a connection", lambda: load.progress().connected)
        link = {pid for pid, name in children(load.pids[1]) if name == "cat"}
        (generator,) = {pid for pid, name in children(load.pids[1]) if name != "cat"}
        for pid in link:
            os.kill(pid, signal.SIGSTOP)
        with pytest.raises(BenchError, match="load host load1 does not answer: nothing came"):
            load.progress()
        wait_until("the generator's end", load_processes, lambda pids: generator not in pids)


def test_a_link_that_is_only_idle_stays(load_host: LoadHost) -> None:
    """Nothing is asked for longer than the generator would wait."""
    with Load(client_on=load_host, count=1) as load:
        time.sleep(3)
        load.start(LoadPlan(rate_hz=200))
        wait_until("a connection", lambda: load.progress().connected)
        assert load.stop().connected > 0
