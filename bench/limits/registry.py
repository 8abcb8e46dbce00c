"""All claims, and trying them one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench.errors import BenchError, UsageError, explained
from bench.limits.call_claims import call_claims
from bench.limits.claim import CannotTryError, Claim, ClaimRow, Outcome, row_of
from bench.limits.clock_claims import clock_claims
from bench.limits.context_claims import context_claims
from bench.limits.demo_claims import demo_claims
from bench.limits.irq_claims import irq_claims
from bench.limits.lab import Lab
from bench.limits.map_claims import map_claims, map_kinds
from bench.limits.program_claims import program_claims, program_types
from bench.limits.reference_claims import reference_claims
from bench.limits.release_claims import release_claims
from bench.limits.verifier_claims import verifier_claims
from bench.words.claims import Verdict

GROUPS = {
    "kernel": "Kernel",
    "map": "Kinds of maps",
    "value": "Values and maps with a timer",
    "inner": "Inner maps",
    "prog": "Program types",
    "code": "Programs and callbacks",
    "field": "The field",
    "lock": "bpf_spin_lock",
    "clock": "Clocks",
    "flag": "Flags",
    "timeout": "Timeouts",
    "call": "Order of calls",
    "callback": "In callbacks",
    "reference": "References to the map",
    "release": "Removal with an armed timer",
    "irq": "Interrupts off",
    "nmi": "NMI",
    "danger": "Too dangerous to try",
    "demo": "The article's demo as XDP",
}
"""Groups in the order they are shown, with their titles."""


def claims(kinds: dict[str, int] | None = None, types: list[str] | None = None) -> list[Claim]:
    """Every claim, in the order of GROUPS.

    Args:
        kinds: Kinds of maps of the kernel; none for those that the project knows.
        types: Program types of the kernel; none for those that the project knows.
    """
    found = [
        *context_claims(),
        *irq_claims(),
        *map_claims(kinds or {}),
        *verifier_claims(),
        *program_claims(types or []),
        *clock_claims(),
        *call_claims(),
        *reference_claims(),
        *release_claims(),
        *demo_claims(),
    ]
    order = list(GROUPS)
    return sorted(found, key=lambda claim: order.index(claim.group))


def claims_here() -> list[Claim]:
    """Every claim, with the kinds of maps and programs that the running kernel has."""
    return claims(map_kinds(), program_types())


def chosen(every: Sequence[Claim], only: Sequence[str]) -> list[Claim]:
    """The claims named by group or id; all if none is named.

    Raises:
        UsageError: A name is neither.
    """
    names = {claim.group for claim in every} | {claim.id for claim in every}
    unknown = [name for name in only if name not in names]
    if unknown:
        raise UsageError(
            f"no claim or group {', '.join(unknown)}",
            remedy=f"Groups are {', '.join(GROUPS)}; ids are in the table",
        )
    return [claim for claim in every if not only or {claim.id, claim.group} & set(only)]


def examine(
    selected: Sequence[Claim], lab: Lab, watch: Callable[[Claim], None] = lambda claim: None
) -> list[ClaimRow]:
    """Try claims one after the other; one that cannot be tried does not stop the others."""
    rows = []
    for claim in selected:
        watch(claim)
        rows.append(row_of(claim, _outcome(claim, lab)))
    return rows


def _outcome(claim: Claim, lab: Lab) -> Outcome:
    try:
        if claim.needs_timer and lab.blocked:
            raise CannotTryError(lab.blocked)
        with explained("try it"):
            return claim.attempt(lab)
    except CannotTryError as error:
        return Outcome(Verdict.UNTRIED, error.answer, error.errno, error.reason)
    except BenchError as error:
        return Outcome(Verdict.UNTRIED, "none", "", f"the attempt itself failed: {error.problem}")
