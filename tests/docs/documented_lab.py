"""The lab's hosts under the addresses that docs/fleet.md prints."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.playbooks.lab import LAB, Lab, lab

ADDRESSES = {"192.0.2.11": "198.19.0.11", "192.0.2.12": "198.19.0.12"}
"""The lab's address by the documented one (RFC 5737), which a real network may use all the same."""
HOST = """
Host {documented}
    HostName {address}
    IdentityFile {lab}/id
    UserKnownHostsFile {folder}/known_hosts
    StrictHostKeyChecking accept-new
"""
"""What a reader has who can log in by key, and answers yes to the first question of ssh."""
SERIAL = "---\nfleet_serial: 1 # The lab's hosts share one kernel.\n"


def shims(made: Lab, folder: Path) -> Path:
    """A folder for PATH with ssh and its relatives, which read the configuration of a reader."""
    config, programs = folder / "ssh_config", folder / "bin"
    config.write_text(
        "".join(
            HOST.format(documented=documented, address=address, lab=made.folder, folder=folder)
            for documented, address in ADDRESSES.items()
        )
    )
    programs.mkdir()
    for name in ("ssh", "scp", "sftp"):
        shim = programs / name
        shim.write_text(f'#!/bin/sh\nexec /usr/bin/{name} -F {config} "$@"\n')
        shim.chmod(0o755)
    return programs


@contextmanager
def documented_lab(folder: Path) -> Iterator[Path]:
    """The lab, up while the block runs; gives the folder for PATH by which it is reached."""
    results = folder / "results"
    results.mkdir()
    with lab(LAB, results) as made:
        yield shims(made, folder)
