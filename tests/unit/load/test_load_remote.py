from __future__ import annotations

from pathlib import Path

import pytest

from bench.errors import BenchError, UsageError
from bench.identity import PACKAGE, source_hash
from bench.load import heartbeat
from bench.load import peer as module
from bench.load.messages import Counters, Progress, Ready, encode
from bench.load.peer import Peer
from bench.load.remote import LoadHost


@pytest.fixture
def key(tmp_path: Path) -> Path:
    file = tmp_path / "id"
    file.touch()
    return file


def host(key: Path, destination: str = "root@load1") -> LoadHost:
    return LoadHost(destination=destination, identity=key, addresses=("198.18.0.1",))


def fake_ssh(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ssh = folder / "ssh"
    ssh.write_text(f"#!/bin/sh\n{script}\n")
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")


def test_the_host_is_named_without_its_user(key: Path) -> None:
    assert host(key).name == "load1"
    assert host(key, "load2").name == "load2"
    assert host(key, "ssh://root@load1:2222").name == "load1"
    assert host(key, "ssh://root@[fd00::21]:2222").name == "fd00::21"


def test_ssh_asks_nobody_and_trusts_the_file_beside_the_key(key: Path) -> None:
    command = host(key).command("client")
    assert command[:4] == ["ssh", "-T", "-i", str(key)]
    assert command[-3:] == ["--", "root@load1", "client"]
    assert {"BatchMode=yes", "StrictHostKeyChecking=yes", "IdentitiesOnly=yes"} <= set(command)
    assert not any(word.startswith("UserKnownHostsFile") for word in command)
    (key.parent / "known_hosts").touch()
    assert f"UserKnownHostsFile={key.parent}/known_hosts" in host(key).command("client")


def test_a_host_that_ssh_would_take_for_an_option_is_refused(key: Path) -> None:
    with pytest.raises(UsageError, match="is not a host"):
        host(key, "-oProxyCommand=x")


def test_a_missing_key_and_no_address_are_refused(key: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no key"):
        host(tmp_path / "nothing")
    with pytest.raises(UsageError, match="where to connect to"):
        LoadHost(destination="load1", identity=key, addresses=())


def test_what_runs_there_is_a_peer_like_any_other(
    key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An ssh that answers as sshd with a forced command does."""
    ready = Ready(role="client", pid=7, cpus=(3,), descriptors=1024, code=source_hash(PACKAGE))
    fake_ssh(tmp_path, f"echo '{encode(ready).decode()}'; exec cat >/dev/null", monkeypatch)
    peer = Peer("client", cpus=(), allow=(), on=host(key))
    try:
        assert peer.ready() == ready
    finally:
        peer.close()


@pytest.mark.parametrize("code", [',"code":"0123456789abcdef"', ""], ids=["other", "older"])
def test_a_load_host_with_other_code_is_refused(
    code: str, key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = f'{{"event":"ready","role":"client","pid":7,"cpus":[3],"descriptors":1024{code}}}'
    fake_ssh(tmp_path, f"echo '{ready}'; exec cat >/dev/null", monkeypatch)
    peer = Peer("client", cpus=(), allow=(), on=host(key))
    try:
        with pytest.raises(BenchError, match="load host load1 has other code: its sources are"):
            peer.ready()
    finally:
        peer.close()


def test_a_load_host_that_falls_silent_is_named(
    key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cut link: no answer, and no end either."""
    fake_ssh(tmp_path, "cat >/dev/null; exit 0", monkeypatch)
    monkeypatch.setattr(module, "ANSWER_S", 0.1)
    peer = Peer("client", cpus=(), allow=(), on=host(key))
    try:
        with pytest.raises(BenchError) as caught:
            peer.ask(Progress(), Counters)
    finally:
        peer.close()
    assert caught.value.problem == (
        "load host load1 does not answer: nothing came within 0.1 s of 'progress'"
    )


def test_a_load_host_that_cannot_be_reached_is_named_with_the_words_of_ssh(
    key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "ssh: connect to host load1 port 22: No route to host"
    fake_ssh(tmp_path, f"echo '{words}' >&2; exit 255", monkeypatch)
    peer = Peer("client", cpus=(), allow=(), on=host(key))
    try:
        with pytest.raises(BenchError) as caught:
            peer.ready()
    finally:
        peer.close()
    assert caught.value.problem == (
        f"load host load1 does not answer: ssh ended with code 255 at 'start': {words}"
    )


def test_a_peer_that_is_told_nothing_hears_line_feeds(
    key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than one of them, so that the generator knows that its runner lives."""
    monkeypatch.setattr(heartbeat, "BEAT_S", 0.01)
    fake_ssh(tmp_path, f"head -c 3 >{tmp_path}/heard; exit 3", monkeypatch)
    peer = Peer("client", cpus=(), allow=(), on=host(key))
    try:
        with pytest.raises(BenchError, match="ssh ended with code 3 at 'start'"):
            peer.ready()
    finally:
        peer.close()
    assert (tmp_path / "heard").read_bytes() == b"\n\n\n"
