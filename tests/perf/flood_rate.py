"""Packets per second that a flood moves into a bare sink; run it by hand, it asserts nothing.

``python tests/perf/flood_rate.py [--rounds 5] [--seconds 2] [--ipv6]`` prints every round
and the median: a program under test that reaches less is what slows the flood down.
"""

from __future__ import annotations

import argparse
import statistics
import time

from bench.flood.flood import Flood, FloodPlan
from bench.host.exclusive import sole_measurement
from bench.host.veth import veth_pair
from bench.units import NS_PER_S
from tests.kernel.flood.sink import sink_at


def measure(plan: FloodPlan, seconds: float) -> float:
    """One round, in namespaces of its own: packets per second that arrived."""
    with veth_pair() as pair, sink_at(pair.server) as sink, Flood(pair, plan) as flood:
        flood.start()
        time.sleep(0.2)
        first, begun = sink.counts(), time.monotonic_ns()
        time.sleep(seconds)
        last, ended = sink.counts(), time.monotonic_ns()
        final = flood.stop()
        arrived = (last.packets - first.packets) * NS_PER_S / (ended - begun)
        print(f"{arrived:12,.0f} packets/s; sent {final.sent:,}, dropped {final.dropped:,}")
        return arrived


def main() -> None:
    """Measure some rounds and print the median."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rate", type=int, help="packets per second; default: as fast as it goes")
    parser.add_argument("--flows", type=int, default=1_000_000)
    parser.add_argument("--ipv6", action="store_true")
    arguments = parser.parse_args()
    plan = FloodPlan(rate_hz=arguments.rate, flows=arguments.flows, ipv6=arguments.ipv6)
    with sole_measurement(wait_s=60):
        rounds = [measure(plan, arguments.seconds) for _ in range(arguments.rounds)]
    print(f"median {statistics.median(rounds):,.0f} packets/s over {len(rounds)} rounds")


if __name__ == "__main__":
    main()
