from __future__ import annotations

from pathlib import Path

import pytest

from bench.errors import UsageError
from bench.load.messages import Ready
from bench.load.peer import Peer
from bench.load.remote import LoadHost


@pytest.fixture
def key(tmp_path: Path) -> Path:
    file = tmp_path / "id"
    file.touch()
    return file


def host(key: Path, destination: str = "root@load1") -> LoadHost:
    return LoadHost(destination=destination, identity=key, addresses=("198.18.0.1",))


def test_the_host_is_named_without_its_user(key: Path) -> None:
    assert host(key).name == "load1"
    assert host(key, "load2").name == "load2"


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
    ssh = tmp_path / "ssh"
    ready = '{"event":"ready","role":"client","pid":7,"cpus":[3],"descriptors":1024}'
    ssh.write_text(f"#!/bin/sh\necho '{ready}'\nexec cat >/dev/null\n")
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    peer = Peer("client", cpus=(), allow=(), on=host(key))
    try:
        assert peer.ready() == Ready(role="client", pid=7, cpus=(3,), descriptors=1024)
    finally:
        peer.close()
