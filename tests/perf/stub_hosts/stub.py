"""Ansible's connection to hosts that exist as a folder each: modules are answered, never run.

What is left of a play is what the controller itself does: templating, forks, building modules,
collecting. A host "measures" for a few looks, and then has the records of a published run.

Settings, by environment: ``STUB_FOLDER`` holds the hosts' folders and the file ``keys`` with every
key that a load host was given or lost; ``STUB_RUN`` is an archive of a run; ``STUB_LOOKS`` is how
often a host is looked at until it has finished; ``STUB_CODE`` is the hash of
the controller's sources.
"""

from __future__ import annotations

import ast
import base64
import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible.plugins.connection import ConnectionBase

DOCUMENTATION = """
    name: stub
    short_description: Hosts that are a folder each
    description: Answers for modules without running them.
    author: bpf-timer-bench
    options:
      remote_addr:
        description: Address of the host.
        default: none
        vars:
          - name: inventory_hostname
          - name: ansible_host
          - name: delegated_vars['ansible_host']
    extends_documentation_fragment:
      - connection_pipelining
"""

FOLDER = Path(os.environ["STUB_FOLDER"])
ARCHIVE = Path(os.environ["STUB_RUN"])
LOOKS = int(os.environ["STUB_LOOKS"])
CODE = os.environ["STUB_CODE"]
RUN = "/var/lib/bpf-timer-bench/results/fleet/20260101T000000Z-stub-quick"
ARGUMENTS = re.compile(rb"'\{\"ANSIBLE_MODULE_ARGS\": .*\}'")
TEMPORARY = re.compile(r"echo (ansible-tmp-[^=]+)=")
FETCHED = {".tar.gz": ARCHIVE, "run.json": ARCHIVE.parent / "run.json"}
FETCHED["trials.jsonl"] = ARCHIVE.parent / "trials.jsonl"

Answer = dict[str, Any]


def fetched(path: str) -> Path | None:
    """The file on the controller that stands for one of a host."""
    return next((file for end, file in FETCHED.items() if path.endswith(end)), None)


def stat(host: str, asked: Answer) -> Answer:
    """What is there: the tool, a load host's keys, and what is fetched; nothing is tuned."""
    path, file = asked["path"], fetched(asked["path"])
    if file is not None:
        algorithm = asked.get("checksum_algorithm") or "sha1"
        digest = hashlib.new(algorithm, file.read_bytes()).hexdigest()
        known = {"size": file.stat().st_size, "checksum": digest, "isdir": False}
        return {"stat": {"exists": True, **known}}
    return {"stat": {"exists": path.endswith(("/bench", "authorized_keys")), "isdir": False}}


def command(host: str, asked: Answer) -> Answer:
    """The commands of the roles."""
    words = asked.get("argv") or asked["_raw_params"].split()
    if words[0] == "/bin/sh":
        words = words[1:]
    said = ""
    if words[0].endswith("job.sh"):
        said = job(host, words[1])
    elif words[-1] == "--version":
        said = f"bench, version 0.1.0 (sources {CODE})"
    elif words[:2] == ["ssh-keygen", "-y"]:
        said = "ssh-ed25519 AAAA"
    elif words[0] == "cat":
        said = host  # Which machine it is.
    elif words[0] == "getent":
        said = "root:x:0:0:root:/root:/bin/bash"
    return {"changed": True, "rc": 0, "stdout": said, "stderr": "", "cmd": words}


def job(host: str, word: str) -> str:
    """``job.sh`` of a host that measures for some looks."""
    looks = FOLDER / host
    if word == "begin":
        looks.write_bytes(b"")
        return ""
    if word == "outcome":
        return "<<<job\n0\njob>>>"
    if not looks.exists():
        return "<<<job\nnone\n\njob>>>"
    with looks.open("ab") as file:
        file.write(b".")
        state = "finished" if file.tell() > LOOKS else "running"
    return f"<<<job\n{state}\n{RUN}\ntrial 1 of 80, time left: unknown\njob>>>"


def find(host: str, asked: Answer) -> Answer:
    """The run, once there is one."""
    files = [{"path": f"{RUN}/run.json"}] if (FOLDER / host).exists() else []
    return {"files": files, "matched": len(files), "examined": len(files), "skipped_paths": {}}


def lineinfile(host: str, asked: Answer) -> Answer:
    """A key that a load host is given or loses."""
    gone = asked.get("state") == "absent"
    with (FOLDER / "keys").open("a") as file:
        file.write(f"{time.time()} {host} {'remove' if gone else 'add'}\n")
    return {"changed": True, "msg": ""}


def slurp(host: str, asked: Answer) -> Answer:
    """A key, whichever is read."""
    return {"content": base64.b64encode(b"ssh-ed25519 AAAA stub").decode(), "encoding": "base64"}


MODULES: dict[str, Callable[[str, Answer], Answer]] = {
    "command": command,
    "copy": lambda host, asked: {"changed": True, "dest": asked["dest"]},
    "find": find,
    "file": lambda host, asked: {"changed": False, "path": asked["path"]},
    "lineinfile": lineinfile,
    "ping": lambda host, asked: {"ping": "pong"},
    "setup": lambda host, asked: {"ansible_facts": {"ansible_user_id": "root"}},
    "slurp": slurp,
    "stat": stat,
}


class Connection(ConnectionBase):  # type: ignore[misc]
    """One host."""

    transport = "stub"
    has_pipelining = True

    def _connect(self) -> Connection:
        self._connected = True
        return self

    def exec_command(
        self, cmd: str, in_data: bytes | None = None, sudoable: bool = True
    ) -> tuple[int, bytes, bytes]:
        """Answer for a module or for the shell."""
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        host = str(self.get_option("remote_addr"))
        if in_data:
            found = ARGUMENTS.search(in_data)
            assert found is not None, "this Ansible passes arguments in another way"
            asked = json.loads(ast.literal_eval(found[0].decode()))["ANSIBLE_MODULE_ARGS"]
            name = asked["_ansible_module_name"].rpartition(".")[2]
            assert name in MODULES, f"hosts of the simulation know no module {name}"
            return 0, json.dumps(MODULES[name](host, asked)).encode(), b""
        return 0, self._shell_says(host, cmd).encode(), b""

    def _shell_says(self, host: str, cmd: str) -> str:
        if "job.sh" in cmd:
            return job(host, "state")
        name = TEMPORARY.search(cmd)
        return f"{name[1]}=/root/.ansible/tmp/{name[1]}" if name else "/root"

    def put_file(self, in_path: str, out_path: str) -> None:
        """Nothing that is sent is ever read."""

    def fetch_file(self, in_path: str, out_path: str) -> None:
        """A file of the run."""
        file = fetched(in_path)
        assert file is not None, f"no host has {in_path}"
        shutil.copy(file, out_path)

    def close(self) -> None:
        """Nothing is open."""
        self._connected = False
