"""Whether a claim about bpf_timer is true of a kernel, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum

from bench.words.plurals import counted


class Verdict(StrEnum):
    """Whether a claim is true of the running kernel."""

    HOLDS = "holds"
    FAILS = "does not hold here"
    UNTRIED = "cannot be tried here"


_COUNTED = {
    Verdict.HOLDS: ("holds", "hold"),
    Verdict.FAILS: ("does not hold", "do not hold"),
    Verdict.UNTRIED: ("cannot be tried", "cannot be tried"),
}


def verdicts_text(verdicts: Iterable[Verdict]) -> str:
    """How many claims came to which verdict: ``159 hold, 1 does not hold``, and so on."""
    counts = Counter(verdicts)
    return ", ".join(counted(counts[verdict], *words) for verdict, words in _COUNTED.items())
