"""``bench watch`` as it is typed: whose maps it shows, and what it says of what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

from tests.external.loaded import External
from tests.kernel.watch.holding import holding

Load = Callable[[str], External]
BENCH = (sys.executable, "-m", "bench")
NO_TP_BTF = """
import sys
from bench.cli.main import main
from bench.errors import KernelRefusedError
from bench.watch.hooks import Hooks

tried = Hooks._tried

def refusing(self, *defines):
    if not defines:
        raise KernelRefusedError("tp_btf is refused", errno=1)
    return tried(self, *defines)

Hooks._tried = refusing
main(sys.argv[1:])
"""


def watched(
    *arguments: str, by: Sequence[str] = BENCH
) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    done = subprocess.run(
        [*by, "watch", "--json", "--duration", "500ms", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done, json.loads(done.stdout)


def test_only_maps_that_a_process_holds_are_shown(external: Load) -> None:
    held, other = external("nested_stats"), external("percpu_tick")
    assert held.run() == 0 and other.run() == 0
    with holding(str(held.folder / "maps" / "reporters")) as process:
        done, found = watched("--pid", str(process.pid))
        assert done.returncode == 0, done.stderr
        assert [each["name"] for each in found["maps"]] == ["reporters"]
        pids = [each["pid"] for each in found["maps"][0]["held_by"]]
        assert sorted(pids, key=str) == [process.pid, None]
    done, found = watched("--pid", str(process.pid))
    # It is gone, and its maps are nobody's that was asked for.
    assert (done.returncode, found["maps"]) == (4, [])


def test_a_kernel_without_tp_btf_is_watched_by_raw_tracepoints_and_said_so(external: Load) -> None:
    assert external("percpu_tick").run() == 0
    done, found = watched("--starts", "--requests", by=(sys.executable, "-c", NO_TP_BTF))
    assert done.returncode == 0, done.stderr
    assert "Raw tracepoints are used, which cost more: tp_btf is refused" in done.stderr
    (tick,) = found["maps"]
    assert tick["fired"] > 50 and tick["lateness"]["p50_ns"] > 0 and tick["started_hz"] > 0
    assert tick["requests"] is None and "Operation not permitted" in found["unknown"]["requests"]
