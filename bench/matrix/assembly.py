"""From what kernels answered to the matrix. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bench.errors import KernelRefusedError, errno_name
from bench.matrix.answers import Answer, KernelAnswers
from bench.matrix.commands import Command
from bench.matrix.findings import compared
from bench.matrix.reading import TITLES, Read, Refusal, read
from bench.matrix.table import Claim, KernelColumn, Matrix, rows_of

Heard = tuple[str, str, KernelAnswers]
"""Name and source of a kernel, and what it answered."""


def assembled(commands: Sequence[Command], heard: Sequence[Heard]) -> Matrix:
    """The matrix with one column for each kernel, in the order given."""
    reads = [_read(answers) for _, _, answers in heard]
    columns = tuple(
        KernelColumn(
            name=name,
            source=source,
            release=answers.release,
            virtual=answers.virtual,
            cells={claim.id: cell for claim, cell in found.items()},
            failure=answers.failure,
            arch=answers.arch,
        )
        for (name, source, answers), found in zip(heard, reads, strict=True)
    )
    checked, findings = compared(columns)
    return Matrix(
        commands=tuple(command.text for command in commands),
        columns=columns,
        rows=rows_of(_claims(reads), columns),
        findings=findings,
        checked=checked,
    )


def _read(answers: KernelAnswers) -> Read:
    found: Read = {}
    for answer in answers.answers:
        if answer.usable:
            rows = read(answer.command.verb, answer.document, _refusal(answer))
            taken = {claim.id for claim in found}
            found |= {_own(claim, answer.command, taken): cell for claim, cell in rows.items()}
    return found


def _own(claim: Claim, command: Command, taken: set[str]) -> Claim:
    """The claim; another one if an earlier run has a row for the same cell."""
    if claim.id not in taken:
        return claim
    text = f"{claim.text} ({command.text})"
    return replace(claim, id=f"{claim.id} #{command.number}", text=text)


def _refusal(answer: Answer) -> Refusal:
    code = answer.error.errno if isinstance(answer.error, KernelRefusedError) else 0
    return Refusal(answer.refusal, errno_name(code))


def _claims(reads: Sequence[Read]) -> list[Claim]:
    """Claims of all kernels, each once, by group; a newer kernel may have more of them."""
    order = list(TITLES)
    claims: dict[str, Claim] = {}
    for found in reads:
        for claim in found:
            claims.setdefault(claim.id, claim)
    return sorted(claims.values(), key=lambda claim: order.index(claim.group))
