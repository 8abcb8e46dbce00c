"""Who holds a map, against a process that was given one."""

from __future__ import annotations

import sys
from collections.abc import Callable

from bench.watch.owners import Holder, Owners
from tests.external.loaded import External
from tests.running import running

HOLD = """
import sys, time
from bench.libbpf.ffi import lib
assert lib().bpf_obj_get(sys.argv[1].encode()) > 0
print("held", flush=True)
time.sleep(60)
"""


def test_a_process_that_held_it_before_is_found(external: Callable[[str], External]) -> None:
    """Also by a walk that meets it while it still looks for what maps are."""
    program = external("nested_stats")
    path = str(program.folder / "maps" / "reporters")
    with running([sys.executable, "-c", HOLD, path]) as process:
        assert process.stdout is not None and process.stdout.readline()
        with Owners() as owners:
            held = owners.holders()[program.map_id("reporters")]
        assert {each.pid for each in held} == {process.pid, None}
        assert Holder(None, path) in held
