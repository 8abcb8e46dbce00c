"""``python -m bench.load.busy``: a process that computes for a given share of its CPU's time.

It says ``ready`` on standard output, waits for a line on standard input, and then goes on
until it is killed, at the latest by the end of its parent.
"""

from __future__ import annotations

import argparse
import random
import sys
import time

from bench.errors import BenchError
from bench.load.lifeline import die_with_parent, pin, sleep_exactly

SLICE_S = 0.010
"""Mean of a burst of work and the pause after it; drawn, to be in step with no sampler."""
READY = b"ready\n"
GO = b"go\n"


def compute(duty_percent: int, rng: random.Random) -> None:
    """Work and pause once, between half and one and a half of SLICE_S together."""
    length = rng.uniform(0.5, 1.5) * SLICE_S
    end = time.monotonic() + length * duty_percent / 100
    while time.monotonic() < end:
        pass
    time.sleep(length * (100 - duty_percent) / 100)


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--parent", "--cpu", "--duty-percent", "--seed"):
        parser.add_argument(name, type=int, required=True)
    options = parser.parse_args()
    try:
        die_with_parent(options.parent)
        pin([options.cpu])
        sleep_exactly()
    except (BenchError, OSError) as error:
        sys.exit(str(error))
    rng = random.Random(options.seed)
    sys.stdout.buffer.write(READY)
    sys.stdout.buffer.flush()
    if sys.stdin.buffer.readline() != GO:
        return
    while True:
        compute(options.duty_percent, rng)


if __name__ == "__main__":
    main()
