"""The lab's hosts under the addresses that docs/fleet.md prints."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.playbooks.lab import Lab, lab

BRIDGE = "btlab0"
HOSTS = {"sut1": 11, "sut2": 12, "load1": 21}
"""The last number of each host's address in 192.0.2.0/24 and 2001:db8::/64 (RFC 5737, RFC 3849)."""
SSH = """
Host 192.0.2.*
    User root
    IdentityFile {lab}/id
    UserKnownHostsFile {folder}/known_hosts
    StrictHostKeyChecking accept-new
"""
"""What a reader has who can log in by key, and answers yes to the first question of ssh."""
SERIAL = "---\nfleet_serial: 1 # The lab's hosts share one kernel.\n"


def command(*words: str | Path) -> None:
    subprocess.run(words, check=True, capture_output=True)


def address(made: Lab, host: str, number: int) -> None:
    """Give a host its documented addresses, and an sshd that listens there."""
    space = f"btlab-{host}"
    for here in (f"192.0.2.{number}/24", f"2001:db8::{number}/64"):
        command("ip", "-n", space, "address", "add", here, "dev", "eth0")
    listen = f"ListenAddress=192.0.2.{number}"
    made.run(host, "/usr/sbin/sshd", "-E", "/var/log/sshd-documented.log", "-o", listen)


def shims(made: Lab, folder: Path) -> Path:
    """A folder for PATH with ssh and its relatives, which read the configuration of a reader."""
    config, programs = folder / "ssh_config", folder / "bin"
    config.write_text(SSH.format(lab=made.folder, folder=folder))
    programs.mkdir()
    for name in ("ssh", "scp", "sftp"):
        shim = programs / name
        shim.write_text(f'#!/bin/sh\nexec /usr/bin/{name} -F {config} "$@"\n')
        shim.chmod(0o755)
    return programs


@contextmanager
def documented_lab(folder: Path) -> Iterator[tuple[Lab, Path]]:
    """The lab, up while the block runs, and the folder for PATH by which it is reached."""
    results = folder / "results"
    results.mkdir()
    with lab(Path("/run/bpf-timer-bench-lab"), results) as made:
        for here in ("192.0.2.1/24", "2001:db8::1/64"):
            command("ip", "address", "add", here, "dev", BRIDGE)
        for host, number in HOSTS.items():
            address(made, host, number)
        yield made, shims(made, folder)
