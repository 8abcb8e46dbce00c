"""``python -m tests.fuzz [KIND ...] [--number 100000] [--seed 1]``: 1 if anything was found."""

from __future__ import annotations

import argparse
import sys
import time

from tests.fuzz.campaign import inputs, keep, kept, tried
from tests.fuzz.kinds import KINDS

MOST_SHOWN = 5


def main() -> int:
    """Try each kind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"of: {', '.join(KINDS)}")
    parser.add_argument("--number", type=int, default=100_000, help="inputs of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--keep", action="store_true", help="store what is found in tests/fuzz/kept"
    )
    given = parser.parse_args()
    bad = 0
    for name in given.kinds or KINDS:
        kind, begin, seen = KINDS[name], time.monotonic(), {}
        for found in tried(kind, iter([*kept(kind), *inputs(kind, given.number, given.seed)])):
            seen.setdefault(found.how.strip().splitlines()[-1][:120], found)
            if len(seen) >= MOST_SHOWN:
                break
        for how, found in seen.items():
            print(f"{name}: {how}\n{found.how}\n{found.data[:300]!r}", file=sys.stderr)
            if given.keep:
                print(f"kept as {keep(kind, found)}")
        bad += len(seen)
        took = f"{time.monotonic() - begin:.0f} s"
        print(f"{name}: {given.number:,} inputs, {took}, {len(seen)} findings")
    return min(bad, 1)


if __name__ == "__main__":
    sys.exit(main())
