"""Ansible's connection to this machine, which falls silent after some commands.

``MORTAL_FOLDER`` has a file for each such host: how many commands it still answers.
"""

from __future__ import annotations

import os
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


class Connection(Local):  # type: ignore[misc]
    """One host."""

    transport = "mortal"

    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = True) -> Any:
        """Answer, if any answer is left."""
        count = Path(os.environ["MORTAL_FOLDER"]) / str(self.get_option("remote_addr"))
        left = int(count.read_text())
        if not left:
            raise AnsibleConnectionFailure("it fell silent")
        count.write_text(str(left - 1))
        return super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
