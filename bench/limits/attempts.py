"""Attempts that many claims share: a program must load, or must be refused."""

from __future__ import annotations

from bench.limits.claim import Attempt, CannotTryError, Outcome, judged
from bench.limits.lab import Lab
from bench.limits.loading import loaded


def accepts(source: str, program: str) -> Attempt:
    """An attempt: the program must load."""

    def attempt(lab: Lab) -> Outcome:
        tried = loaded(source, program)
        return judged(tried.accepted, tried.text, errno=tried.errno)

    return attempt


def refuses(source: str, program: str, *, counterpart: str, sentence: str = "") -> Attempt:
    """An attempt: the program must be refused, while its counterpart is accepted.

    Args:
        source: File in ``bpf/limits`` without its ending.
        program: What must be refused.
        counterpart: The same program of the same file with nothing wrong.
        sentence: Part of the verifier's line; empty for any.
    """

    def attempt(lab: Lab) -> Outcome:
        tried, plain = loaded(source, program), loaded(source, counterpart)
        if not plain.accepted:
            why = f"the same program with nothing wrong is refused, too ({plain.text})"
            raise CannotTryError(why, answer=tried.text, errno=tried.errno)
        held = not tried.accepted and sentence in tried.line
        return judged(held, tried.text, errno=tried.errno)

    return attempt
