"""Playbooks as people call them: words on a command line, in some folder."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.playbooks.playing import ANSIBLE_PLAYBOOK, REPOSITORY, Outcome

BENCH = str(REPOSITORY / "bench.yml")


def typed(*words: str | Path, folder: Path = REPOSITORY, **environ: str) -> Outcome:
    """Run ansible-playbook with these words in that folder, and variables of the environment."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ANSIBLE_")}
    environment |= {"LC_ALL": "C.UTF-8", "ANSIBLE_NOCOLOR": "1", **environ}
    done = subprocess.run(
        [str(ANSIBLE_PLAYBOOK), *map(str, words)],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return Outcome(done.returncode, done.stdout)
