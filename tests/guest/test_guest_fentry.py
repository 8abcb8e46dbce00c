"""What needs fentry, which the host's kernel may refuse: in kernels that allow it."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.guest.images import Image
from bench.guest.machine import run_in_guest

Kernel = Callable[[str], Image]
CONNECTIONS = 4
DEMO = f"-m bench demo --json --connections {CONNECTIONS} > demo.json 2> demo.err"
RUN = (
    "-m bench run --program tcp --hook fentry --map-size 16k --timeout 1ms --load 50 "
    "--duration 1s --repeat 1 --observer none --max-steal 1 --results results --json "
    "> run.json 2> run.err"
)
SETTINGS = "cat /sys/kernel/tracing/set_event > {when}; ls /sys/kernel/tracing/instances >> {when}"


def run(image: Image, shared: Path, *commands: str) -> None:
    """Run the commands one after another in one guest; each writes its own files."""
    script = "\n".join(
        f"{sys.executable} {command}" if command.startswith("-m ") else command
        for command in commands
    )
    result = run_in_guest(image, ["sh", "-c", script], shared)
    assert result.release == image.kernel.name.removeprefix("vmlinuz-")


def document(shared: Path, name: str) -> dict[str, Any]:
    errors = (shared / f"{name}.err").read_text()
    text = (shared / f"{name}.json").read_text()
    assert text, errors
    found: dict[str, Any] = json.loads(text)
    return found


def assert_two_pairs_per_connection(demo: dict[str, Any]) -> None:
    assert demo["hook"] == "fentry" and demo["good"], demo
    assert demo["connections"] == CONNECTIONS and not demo["missing_ip"]
    assert demo["pairs"] == len(demo["ends"]) == 2 * CONNECTIONS
    by_connection: Counter[frozenset[int]] = Counter()
    for end in demo["ends"]:
        met, fired = end["new_connection"], end["timer_cb"]
        by_connection[frozenset((met["port"], met["peer_port"]))] += 1
        assert "new connection" in met["raw"] and "timer_cb" in fired["raw"]
        assert fired["current_pid"] == fired["pid"] and fired["flags"][2] == "s"
    assert list(by_connection.values()) == [2] * CONNECTIONS


def test_demo_and_program_tcp_by_fentry_on_6_12(kernel: Kernel, shared: Path) -> None:
    before, after = (SETTINGS.format(when=when) for when in ("before", "after"))
    run(kernel("debian:6.12"), shared, before, DEMO, after, RUN)
    assert_two_pairs_per_connection(document(shared, "demo"))
    assert (shared / "before").read_text() == (shared / "after").read_text()
    (trial,) = document(shared, "run")["trials"]
    # Emulation may be too slow for the load to be valid; the account must close in any case.
    assert trial["status"] in ("ok", "invalid"), trial
    assert trial["hook"] == {"used": "fentry", "refused": {}}
    ledger, load = trial["ledger"], trial["load"]
    assert ledger["balanced"] and ledger["unmatched"] == 0
    assert ledger["started"] == ledger["fired"] == 2 * load["connections_total"] > 0


@pytest.mark.parametrize("name", ["debian:6.1"])
def test_demo_by_fentry_on_older_kernels(name: str, kernel: Kernel, shared: Path) -> None:
    before, after = (SETTINGS.format(when=when) for when in ("before", "after"))
    run(kernel(name), shared, before, DEMO, after)
    assert_two_pairs_per_connection(document(shared, "demo"))
    assert (shared / "before").read_text() == (shared / "after").read_text()
