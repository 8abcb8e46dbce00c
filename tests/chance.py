"""Random choices of tests: each run makes others, and any run can be repeated."""

from __future__ import annotations

import os
import random

VARIABLE = "BENCH_TEST_SEED"


def drawing(name: str) -> random.Random:
    """A generator for the test of this name; its seed is printed, and shown if the test fails."""
    seed = os.environ.get(VARIABLE) or str(random.SystemRandom().randrange(2**32))
    print(f"random choices of {name}: repeat them with {VARIABLE}={seed}")
    return random.Random(f"{seed} {name}")
