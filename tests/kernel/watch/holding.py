"""A process that holds a pinned map by a descriptor, as its owner would."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.running import running

HOLD = """
import sys, time
from bench.libbpf.ffi import lib
assert lib().bpf_obj_get(sys.argv[1].encode()) > 0
print("held", flush=True)
time.sleep(60)
"""


@contextmanager
def holding(path: str) -> Iterator[subprocess.Popen[str]]:
    """The process, which has opened the map, while the block runs."""
    with running([sys.executable, "-c", HOLD, path]) as process:
        assert process.stdout is not None and process.stdout.readline()
        yield process
