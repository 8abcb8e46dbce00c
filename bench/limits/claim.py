"""A claim about bpf_timer, the attempt that tries it, and what came out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bench.limits.lab import Lab
from bench.words.claims import Verdict


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an attempt found.

    Attributes:
        verdict: Whether the claim is true here.
        answer: What the kernel did, the same every time: no times, addresses or numbers of objects.
        errno: Name of the error that decided, empty when there was none.
        reason: Why the claim does not hold or could not be tried; empty when it holds.
    """

    verdict: Verdict
    answer: str
    errno: str = ""
    reason: str = ""


class CannotTryError(Exception):
    """An attempt is impossible or too dangerous here.

    Args:
        reason: Why, in a sentence.
        answer: What the kernel answered, if it was asked.
        errno: Name of its error.
    """

    def __init__(self, reason: str, *, answer: str = "not asked", errno: str = "") -> None:
        """Keep the parts of the row."""
        super().__init__(reason)
        self.reason, self.answer, self.errno = reason, answer, errno


Attempt = Callable[[Lab], Outcome]


@dataclass(frozen=True, slots=True)
class Claim:
    """One row to be.

    Attributes:
        id: Stable name, ``group.subject``.
        sentence: What is claimed of every kernel that the source speaks of.
        source: Who claims it: the article, the documentation, a kernel commit or function.
        method: How it is tried.
        expected: What the kernel does if the claim holds.
        attempt: Tries it; raises CannotTryError.
        needs_timer: Whether it needs a kernel that accepts programs with timers.
        note: What is known of other kernels; becomes part of the reason if the claim fails.
    """

    id: str
    sentence: str
    source: str
    method: str
    expected: str
    attempt: Attempt
    needs_timer: bool = True
    note: str = ""

    @property
    def group(self) -> str:
        """The part of the id before the first dot."""
        return self.id.partition(".")[0]


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A claim and what came of it; one row of the table and of the JSON."""

    id: str
    group: str
    claim: str
    source: str
    method: str
    expected: str
    answer: str
    errno: str
    verdict: Verdict
    reason: str


def judged(held: bool, answer: str, *, errno: str = "", reason: str = "") -> Outcome:
    """An outcome by whether the expected was seen."""
    if held:
        return Outcome(Verdict.HOLDS, answer, errno)
    return Outcome(Verdict.FAILS, answer, errno, reason)


def row_of(claim: Claim, outcome: Outcome) -> ClaimRow:
    """Join a claim and its outcome; a claim that fails always has a reason."""
    reason = outcome.reason
    if outcome.verdict is Verdict.FAILS:
        reason = " ".join(part for part in (reason, claim.note) if part)
        reason = reason or f"Expected: {claim.expected}"
    return ClaimRow(
        id=claim.id,
        group=claim.group,
        claim=claim.sentence,
        source=claim.source,
        method=claim.method,
        expected=claim.expected,
        answer=outcome.answer,
        errno=outcome.errno,
        verdict=outcome.verdict,
        reason=reason,
    )
