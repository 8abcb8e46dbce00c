"""Ansible's connection to this machine, which falls silent after some commands.

``MORTAL_FOLDER`` has a file for each such host: how many commands it still answers. Changes of one
line of a file take their time there; two at once leave the file ``at_once``.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection.local import Connection as Local

DOCUMENTATION = """
    name: mortal
    short_description: This machine, for a while
    description: Falls silent after some commands.
    author: bpf-timer-bench
    options:
      remote_addr:
        description: The file that counts.
        default: none
        vars:
          - name: ansible_host
          - name: delegated_vars['ansible_host']
    extends_documentation_fragment:
      - connection_pipelining
"""

FOLDER = Path(os.environ["MORTAL_FOLDER"])
LONG_S = 0.5
"""For others to come in between, if nothing keeps them."""


@contextmanager
def changing() -> Iterator[None]:
    """Whoever comes while another one is here says so."""
    with (FOLDER / "changing").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            (FOLDER / "at_once").touch()
        time.sleep(LONG_S)
        yield


class Connection(Local):  # type: ignore[misc]
    """One host."""

    transport = "mortal"

    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = True) -> Any:
        """Answer, if any answer is left."""
        count = FOLDER / str(self.get_option("remote_addr"))
        left = int(count.read_text())
        if not left:
            raise AnsibleConnectionFailure("it fell silent")
        count.write_text(str(left - 1))
        with changing() if in_data and b"lineinfile" in in_data else nullcontext():
            return super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
