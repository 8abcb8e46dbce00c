"""Rates the synthetic load reaches on this machine; run it by hand, it asserts nothing.

``python tests/perf/load_rate.py [--rounds 5] [--seconds 3]`` prints medians over
interleaved rounds, because a virtual machine's speed changes from second to second.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import defaultdict

from bench.load.controller import Load, LoadPlan
from bench.spec import AddressFamily, LoadShape
from bench.units import NS_PER_S, format_duration

CLOSED = {"rate_hz": None, "shape": LoadShape.CLOSED}
PLANS = {
    "closed ipv4": LoadPlan(**CLOSED, ip=AddressFamily.IPV4),
    "closed ipv6": LoadPlan(**CLOSED, ip=AddressFamily.IPV6),
    "closed both": LoadPlan(**CLOSED, ip=AddressFamily.BOTH),
    "closed echo 1k": LoadPlan(**CLOSED, ip=AddressFamily.BOTH, payload_bytes=1024),
    "closed hold 100ms": LoadPlan(**CLOSED, ip=AddressFamily.BOTH, hold_ns=100_000_000),
    "open 5k": LoadPlan(rate_hz=5_000, ip=AddressFamily.BOTH),
    "open 10k": LoadPlan(rate_hz=10_000, ip=AddressFamily.BOTH),
    "open 10k poisson": LoadPlan(
        rate_hz=10_000, shape=LoadShape.POISSON, ip=AddressFamily.BOTH, seed=1
    ),
    "open 20k": LoadPlan(rate_hz=20_000, ip=AddressFamily.BOTH),
    "open 10k hold 1s": LoadPlan(rate_hz=10_000, ip=AddressFamily.BOTH, hold_ns=NS_PER_S),
}


def measure(load: Load, plan: LoadPlan, seconds: float) -> dict[str, float]:
    """One trial: what was reached, and what starting and stopping cost."""
    begun = time.monotonic_ns()
    load.start(plan)
    started = time.monotonic_ns()
    time.sleep(0.2)
    first = load.snapshot()
    time.sleep(seconds)
    last = load.snapshot()
    stopping = time.monotonic_ns()
    final = load.stop()
    stopped = time.monotonic_ns()
    window = last.since(first)
    assert final.accepted == final.connected, (final.accepted, final.connected)
    return {
        "hz": window.connected * NS_PER_S / window.elapsed_ns,
        "share": window.connected / max(window.intended, 1),
        "p50": float(window.connect.quantile(0.5) or 0),
        "p99": float(window.connect.quantile(0.99) or 0),
        "max": float(window.connect.max_ns or 0),
        "errors": float(sum(final.errors.values()) + sum(final.broken.values())),
        "start": float(started - begun),
        "stop": float(stopped - stopping),
    }


def main() -> None:
    """Measure every plan in interleaved rounds and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--only", default="", help="part of a plan's name")
    arguments = parser.parse_args()
    plans = {name: plan for name, plan in PLANS.items() if arguments.only in name}
    found: dict[str, list[dict[str, float]]] = defaultdict(list)
    with Load() as load:
        for _ in range(arguments.rounds):
            for name, plan in plans.items():
                found[name].append(measure(load, plan, arguments.seconds))
    for name, rounds in found.items():
        middle = {key: statistics.median(each[key] for each in rounds) for key in rounds[0]}
        spread = sorted(round(each["hz"]) for each in rounds)
        times = " ".join(
            f"{key} {format_duration(middle[key])}"
            for key in ("p50", "p99", "max", "start", "stop")
        )
        print(
            f"{name:18} {middle['hz']:8.0f}/s ({spread[0]}..{spread[-1]}) "
            f"share {middle['share']:.4f} errors {middle['errors']:.0f} {times}"
        )


if __name__ == "__main__":
    main()
