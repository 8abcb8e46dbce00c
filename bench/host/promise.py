"""What this host was promised to be when the run was started, checked once nobody can change it.

Between tuning and the run's own lock on the host somebody else may put back what was tuned. The
records would then say ``ok`` of a host that is not as it was asked to be.
"""

from __future__ import annotations

import os
import shlex

from bench.process import run

VERIFY = "BENCH_VERIFY"
"""Environment variable: a command that fails if the host is not as whoever started this left it."""


def verify_promise() -> None:
    """Run that command, if there is one; called while this process holds the host's lock.

    Raises:
        CommandError: The host is no longer as it was left; has what the command said.
    """
    words = shlex.split(os.environ.get(VERIFY, ""))
    if words:
        run(words, remedy="Run the same playbook again")
