"""What watching costs a callback: `bench watch`, its switches, and a bpftrace script, in turns.

``python tests/perf/watch_cost.py [--rounds 7] [--seconds 1] [--only NAME ...]``

10,000 timers at 1 ms with an empty callback keep all CPUs full, so that the CPU time of a
callback is the inverse of the rate. Each round measures alone, watched in each way and traced
by a bpftrace script that gives the same figures (lateness, rate, over what it ran), in an order
of its own; the costs are differences within a round, with the 95 % interval of their median.
It asserts nothing: a virtual machine's speed changes from second to second.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path

import numpy as np

from bench.campaign.runner import measure
from bench.drivers.registry import fitted
from bench.host.cpus import find_cpus
from bench.host.exclusive import sole_measurement
from bench.spec import Grid, Instrument, ObserverName, Sweep
from bench.stats.bootstrap import interval
from bench.sweep.plan import PlannedTrial, plan
from bench.trial.rig import Rig
from bench.units import NS_PER_S
from bench.watch.hooks import Hooks
from bench.watch.switches import Switches

ENDED_S = 10.0
ATTACHED_S = 3.0
"""For bpftrace to compile and attach."""
SCRIPT = """
tracepoint:timer:hrtimer_start /args->function == {address}/ {{
    @expires[args->hrtimer] = args->softexpires;
}}
tracepoint:timer:hrtimer_expire_entry /args->function == {address}/ {{
    $expires = @expires[args->hrtimer];
    if ($expires != 0) {{ @late = hist(nsecs - (uint64)$expires); }}
    @idle[tid == 0] = count();
}}
"""


@contextmanager
def hooks(**switches: int) -> Iterator[None]:
    """The hooks of ``bench watch``; what they say that an event took is printed."""
    with Hooks(Switches(**switches)) as attached:  # type: ignore[arg-type]
        if attached.requests_refused is not None:
            raise SystemExit(f"requests cannot be watched here: {attached.requests_refused}")
        yield
        own = attached.own_cost()
        print(f"    {switches or 'usual'}: own {own.mean_ns or 0:.0f} ns, {own.timed:,} timed")


@contextmanager
def bpftrace() -> Iterator[None]:
    """The script, attached while the block runs."""
    address = next(
        f"0x{line.split()[0]}"
        for line in Path("/proc/kallsyms").read_text().splitlines()
        if line.split()[2] == "bpf_timer_cb"
    )
    process = subprocess.Popen(
        ["bpftrace", "-e", SCRIPT.format(address=address)],
        stdout=subprocess.DEVNULL,
        env=os.environ | {"BPFTRACE_MAP_KEYS_MAX": "100000"},
    )
    try:
        time.sleep(ATTACHED_S)
        assert process.poll() is None, "bpftrace has ended"
        yield
    finally:
        while process.poll() is None:
            # One that comes while it attaches is lost.
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=ENDED_S)


WAYS: Mapping[str, Callable[[], AbstractContextManager[None]]] = {
    "alone": nullcontext,
    "watch": hooks,
    "watch --sample 16": lambda: hooks(sample=16),
    "watch --runs": lambda: hooks(runs=True),
    "watch --starts": lambda: hooks(starts=True),
    "watch --requests": lambda: hooks(requests=True),
    "bpftrace": bpftrace,
}

USUAL = [name for name in WAYS if name != "watch --requests"]
"""What every kernel can be asked; the other needs fentry."""


def round_of(rig: Rig, trial: PlannedTrial, sweep: Sweep, ways: list[str]) -> dict[str, float]:
    """CPU time per callback, ns, by way of watching."""
    cpus, found = len(find_cpus().usable), {}
    for name in random.sample(ways, len(ways)):
        with WAYS[name]():
            record = measure(rig, trial, sweep, 1, lambda sample: None).record
        assert record.callbacks is not None, record.reasons
        found[name] = cpus * NS_PER_S / record.callbacks.fired_hz
        print(f"  {name}: {found[name]:.0f} ns a callback", flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--only", nargs="*", choices=list(WAYS), default=USUAL)
    asked = parser.parse_args()
    ways = list(dict.fromkeys(["alone", *asked.only]))
    grid = Grid(
        program="resident",
        map_size=10_000,  # type: ignore[arg-type]
        timeout=1_000_000,  # type: ignore[arg-type]
        instrument=(Instrument.EMPTY,),
        observer=(ObserverName.NONE,),
    )
    sweep = Sweep(
        cells=(grid,),
        duration=int(asked.seconds * NS_PER_S),
        warmup=200_000_000,
        repeat=1,
        max_steal=1.0,
        allow_overload=True,
    )
    (trial,) = plan(sweep, seed=1, normalise=fitted)
    with sole_measurement(wait_s=60), Rig([trial.cell]) as rig:
        rounds = [round_of(rig, trial, sweep, ways) for _ in range(asked.rounds)]
    alone = np.array([each["alone"] for each in rounds])
    print(f"alone: {np.median(alone):.0f} ns a callback")
    for name in ways[1:]:
        more = np.array([each[name] - each["alone"] for each in rounds])
        found = interval(more)
        shown = f"{found.low:.0f} to {found.high:.0f}" if found else "too few rounds"
        print(f"{name}: +{np.median(more):.0f} ns a callback ({shown})")


if __name__ == "__main__":
    main()
