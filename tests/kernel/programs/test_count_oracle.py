"""The number of callbacks against bpftrace, which counts the kernel's own expiries."""

from __future__ import annotations

import re
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bench.spec import Cell, Instrument, Sweep
from bench.trial.rig import Rig
from bench.trial.trial import Trial
from bench.units import NS_PER_MS
from tests.kernel.conftest import require
from tests.kernel.ftrace import callback_address
from tests.running import ended, running
from tests.waiting import lines_until

COUNT = re.compile(r"@callbacks: (\d+)")


@contextmanager
def counting() -> Iterator[Callable[[], int]]:
    """bpftrace counts ``hrtimer_expire_entry`` of bpf_timer_cb; call to end it and have it."""
    require(None if shutil.which("bpftrace") else "bpftrace is not installed")
    condition = f"(uint64)args->function == {callback_address()}"
    program = (
        'BEGIN { printf("ready\\n"); } '
        f"tracepoint:timer:hrtimer_expire_entry /{condition}/ {{ @callbacks = count(); }}"
    )
    with running(["bpftrace", "-B", "line", "-e", program]) as process:

        def count() -> int:
            process.send_signal(signal.SIGINT)
            output, _ = ended(process)
            found = COUNT.search(output)
            assert found is not None, output
            return int(found[1])

        assert process.stdout is not None
        lines_until("ready", process.stdout.readline)
        yield count


def test_callbacks_against_bpftrace(
    make_cell: Callable[..., Cell], make_sweep: Callable[..., Sweep]
) -> None:
    """bpftrace is attached before the first timer is armed and after the last has fired.

    So the counts must be equal, but for softirqs over tasks where some kernels run no BPF
    program: those bpftrace misses too, and our stages tell about how many they are.
    """
    cell = make_cell(map_size=2_000, timeout_ns=20 * NS_PER_MS, instrument=Instrument.STAGES)
    with Rig([cell]) as rig, counting() as count:
        final = Trial(rig, cell, make_sweep(), 1, lambda sample: None).run().aftermath.counters
        theirs = count()
    assert final.fired > 10_000
    assert theirs <= final.fired
    assert theirs >= final.fired - 2 * final.unstaged - 0.001 * final.fired
