"""``python -m tests.faults [--seed S] [--rounds N] [--seconds T]``: 1 if anything did not hold.

One round has each fault in each program that it applies to, once, in random order.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from random import Random

from tests.faults.injection import Outcome, injected
from tests.faults.kinds import FAULTS, applies
from tests.faults.programs import PROGRAMS


def main() -> int:
    """Inject and count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seconds", type=float, help="begin none after so many")
    parser.add_argument("--skip", type=int, default=0, help="injections of the seed done before")
    parser.add_argument("--fault", choices=FAULTS, action="append")
    parser.add_argument("--program", choices=PROGRAMS, action="append")
    given = parser.parse_args()
    random, begin = Random(given.seed), time.monotonic()
    done: list[Outcome] = []
    number = 0
    for _ in range(given.rounds):
        pairs = [
            (program, fault)
            for program in given.program or PROGRAMS
            for fault in given.fault or FAULTS
            if applies(fault, program)
        ]
        random.shuffle(pairs)
        for program, fault in pairs:
            number += 1
            moment = Random(f"{given.seed} {number}")
            if number <= given.skip:
                continue
            if given.seconds and time.monotonic() - begin > given.seconds:
                break
            done.append(injected(program, fault, moment))
            if done[-1].problems:
                print(done[-1], file=sys.stderr, flush=True)
    print(f"seed {given.seed}: {len(done)} injections after the first {given.skip}")
    for fault in FAULTS:
        of = [each for each in done if each.fault == fault]
        hits = Counter(each.program for each in of if each.hit)
        listed = ", ".join(f"{name} {count}" for name, count in sorted(hits.items()))
        bad = sum(bool(each.problems) for each in of)
        print(f"{fault:20} {len(of):4} injected {sum(hits.values()):4} hits {bad:3} bad  {listed}")
    return int(any(each.problems for each in done))


if __name__ == "__main__":
    sys.exit(main())
