"""QEMU's own log of what it executes, counted by hand, against the plugin's path."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from bench.guest.images import Image
from bench.guest.machine import Guest
from bench.instructions import boots, emulator, exchange
from bench.instructions.boots import PARAMETERS
from bench.instructions.marks import Operation
from bench.instructions.running import parts_for
from bench.instructions.scenario import Scenario
from bench.record import Virtual
from tests.waiting import wait_until

Kernel = Callable[[str], Image]
CALLS = 10
GUEST_S = 900.0
MODULES = 0xFFFF_FFFF_C000_0000
"""Compiled BPF programs lie from here on, the kernel itself before."""
READY, GO, DONE, END = "ready", "go", "done", "end"
LOG = "exec.log"
CANCELS = Scenario(number=1, operation=Operation.CANCEL, count=CALLS)
KERNEL = "0xffffffff80000000..0xffffffffffffffff"
# The script as it is, with QEMU's log switched on by the host for its calls alone.
GATED = f"""
import sys, time
from pathlib import Path
from bench.instructions import inside
shared, begun = Path(sys.argv[1]), inside.Script.announce
def meet(ours, theirs):
    (shared / ours).touch()
    while not (shared / theirs).exists():
        time.sleep(0.5)
def announce(script, number):
    if number:
        meet("{READY}", "{GO}")
    begun(script, number)
    if not number:
        meet("{DONE}", "{END}")
inside.Script.announce = announce
inside.play(shared)
"""


def executed(log: Path) -> Iterator[int]:
    """Addresses of single instructions, in order."""
    trace = re.compile(r"^Trace \d+: 0x[0-9a-f]+ \[[0-9a-f]+/([0-9a-f]+)/")
    with log.open(errors="replace") as lines:
        for line in lines:
            if found := trace.match(line):
                yield int(found[1], 16)


def calls_of(addresses: list[int], entry: int) -> list[int]:
    """Instructions of each call from a BPF program: from the entry to the program's next."""
    lengths = []
    begins = [
        n for n, (one, next_) in enumerate(pairwise(addresses)) if one >= MODULES and next_ == entry
    ]
    for begin in begins:
        length = 0
        while addresses[begin + 1 + length] < MODULES:
            length += 1
        lengths.append(length)
    return lengths


@pytest.mark.nightly
def test_the_plugins_path_is_what_qemus_log_has_by_hand(kernel: Kernel, shared: Path) -> None:
    parts = parts_for()
    boots._write_script(shared, [CANCELS], parts)
    log = ["-D", str(shared / LOG), "-dfilter", KERNEL]
    qemu = [*emulator.options(parts.plugin, shared), *log]
    image = kernel("debian:6.12")
    with Guest(
        image, shared, cpus=1, parameters=PARAMETERS, qemu=qemu, virtual=Virtual.EMULATED
    ) as guest:
        guest.start([sys.executable, "-c", GATED, str(shared)])
        wait_until("the script", lambda: (shared / READY).exists(), bool, seconds=GUEST_S)
        guest.monitor("singlestep on", "log exec,nochain")
        (shared / GO).touch()
        wait_until("the calls", lambda: (shared / DONE).exists(), bool, seconds=GUEST_S)
        guest.monitor("log none", "singlestep off")
        (shared / END).touch()
        result = guest.wait(GUEST_S)
    assert result.exit_code == 0, result.stderr.read_text()
    symbols = (shared / exchange.SYMBOLS).read_text().splitlines()
    (entry,) = (int(line.split()[0], 16) for line in symbols if line.endswith(" bpf_timer_cancel"))
    by_hand = calls_of(list(executed(shared / LOG)), entry)
    seen = boots._read(image, shared, [CANCELS]).seen[1, Operation.CANCEL]
    by_plugin = [
        path.instructions for key, path in seen.paths.items() for _ in range(seen.calls[key])
    ]
    assert len(by_hand) == CALLS == len(by_plugin) + seen.left_out
    assert by_plugin and not Counter(by_plugin) - Counter(by_hand)
