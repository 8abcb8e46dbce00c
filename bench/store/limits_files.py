"""Answers of kernels to the claims about bpf_timer, from ``bench limits`` and ``bench matrix``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked

from bench.errors import BenchError
from bench.json_text import parsed

_OPEN = ConfigDict(extra="ignore")
FORMAT = 1
LIMITS_FILES = ("*/matrix.json", "limits/*.json")
"""Where the answers of kernels are, in the results folder."""


@checked(frozen=True, slots=True, config=_OPEN)
class Answer:
    """What one kernel said to one claim."""

    verdict: str
    answer: str
    errno: str
    reason: str


@checked(frozen=True, slots=True, config=_OPEN)
class _LimitsRow(Answer):
    id: str
    claim: str
    source: str


@checked(frozen=True, slots=True, config=_OPEN)
class _LimitsFile:
    """What ``bench limits --json`` prints."""

    kernel: str
    rows: list[_LimitsRow]


@checked(frozen=True, slots=True, config=_OPEN)
class _MatrixKernel:
    name: str
    release: str
    virtual: str | None


@checked(frozen=True, slots=True, config=_OPEN)
class _MatrixRow:
    id: str
    claim: str
    source: str
    cells: list[Answer | None]


@checked(frozen=True, slots=True, config=_OPEN)
class _MatrixFile:
    """``matrix.json`` of ``bench matrix``; each row has a cell per kernel."""

    kernels: list[_MatrixKernel]
    rows: list[_MatrixRow]


_LIMITS = TypeAdapter(_LimitsFile)
_MATRIX = TypeAdapter(_MatrixFile)


@dataclass(frozen=True, slots=True)
class Claim:
    """What is claimed, and by whom."""

    id: str
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Kernel:
    """One kernel and its answers by claim.

    Attributes:
        page: Name of its page, without the ending.
        virtual: How a guest of ``bench matrix`` was executed; empty without a guest.
        file: Where its answers are, from the results folder.
    """

    name: str
    release: str
    page: str
    virtual: str
    answers: Mapping[str, Answer]
    file: str = ""

    def count(self, verdict: str) -> int:
        """Claims with this verdict."""
        return sum(answer.verdict == verdict for answer in self.answers.values())


@dataclass(frozen=True, slots=True)
class Limits:
    """Claims in their order, and the kernels that were asked.

    Attributes:
        unreadable: Files whose answers could not be read, and why.
    """

    claims: tuple[Claim, ...] = ()
    kernels: tuple[Kernel, ...] = ()
    unreadable: tuple[str, ...] = ()


def files_of(results: Path) -> Iterator[Path]:
    """The files with answers of kernels in a results folder."""
    for pattern in LIMITS_FILES:
        yield from sorted(results.glob(pattern))


def read_limits(file: Path) -> Limits:
    """One file, with its kernels named after it.

    Raises:
        BenchError: It holds no answers.
    """
    found = parse_limits(file.read_bytes(), str(file))
    name = f"{file.parent.name}/{file.name}"
    return replace(found, kernels=tuple(replace(kernel, file=name) for kernel in found.kernels))


def limits_beside(runs: Iterable[Path]) -> Limits:
    """The answers of kernels in the results folders of runs.

    A file that cannot be read keeps nobody from the report of a run; it is named.
    """
    found, unreadable = [], []
    for results in dict.fromkeys(run.resolve().parent for run in runs):
        for file in files_of(results):
            try:
                found.append(read_limits(file))
            except (BenchError, OSError) as error:
                unreadable.append(str(error))
    return replace(merged(found), unreadable=tuple(unreadable))


def parse_limits(data: bytes, file: str) -> Limits:
    """One document of either command.

    Args:
        data: Bytes of the file.
        file: Its path, for messages.

    Raises:
        BenchError: Not JSON, another format, or a key is missing or wrong.
    """
    try:
        content = parsed(data)
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise ValueError(f"its format is not {FORMAT}")
        if "kernels" in content:
            return _of_matrix(_MATRIX.validate_python(content))
        return _of_limits(_LIMITS.validate_python(content))
    except ValidationError as error:
        first = error.errors()[0]
        problem = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise _unreadable(file, problem) from error
    except (ValueError, IndexError) as error:
        raise _unreadable(file, str(error)) from error


def _unreadable(file: str, problem: str) -> BenchError:
    remedy = "Make it again with bench limits --json or bench matrix --output"
    return BenchError(f"{file} has no answers that can be read: {problem}", remedy=remedy)


def merged(several: Iterable[Limits]) -> Limits:
    """All kernels in one; of a claim that several files have, the first text counts."""
    claims: dict[str, Claim] = {}
    kernels: list[Kernel] = []
    for limits in several:
        claims = {claim.id: claim for claim in limits.claims} | claims
        kernels += limits.kernels
    return Limits(tuple(claims.values()), tuple(_distinct(kernels)))


def _distinct(kernels: Sequence[Kernel]) -> Iterable[Kernel]:
    """Each with a page name of its own."""
    seen: dict[str, int] = {}
    for kernel in kernels:
        seen[kernel.page] = count = seen.get(kernel.page, 0) + 1
        yield kernel if count == 1 else replace(kernel, page=f"{kernel.page}-{count}")


def _of_limits(content: _LimitsFile) -> Limits:
    claims = tuple(Claim(row.id, row.claim, row.source) for row in content.rows)
    name, answers = content.kernel, {row.id: row for row in content.rows}
    return Limits(claims, (Kernel(name, name, _page(name), "", answers),))


def _of_matrix(content: _MatrixFile) -> Limits:
    kernels = []
    for number, column in enumerate(content.kernels):
        cells = {row.id: row.cells[number] for row in content.rows}
        answers = {id_: cell for id_, cell in cells.items() if cell is not None}
        # The machine's own kernel is called "host" there, which names none.
        name = column.name if column.virtual else column.release or column.name
        virtual = column.virtual or ""
        kernels.append(Kernel(name, column.release, _page(name), virtual, answers))
    claims = tuple(Claim(row.id, row.claim, row.source) for row in content.rows)
    return Limits(claims, tuple(kernels))


def _page(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9.-]+", "-", name).strip("-.") or "kernel"
