"""Tables of several kernels side by side, as Markdown. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from bench.instructions import words
from bench.instructions.against import differences
from bench.instructions.table import Table
from bench.words.escape import escape, table


def markdown(tables: Sequence[Table]) -> str:
    """Operation by kernel, then what changed from each kernel to the next, by function.

    Raises:
        BenchError: The tables differ in more than their kernel.
    """
    parts = [*_head(tables), _figures(tables), "", *_missing(tables), words.NOTE, ""]
    for base, now in pairwise(tables):
        parts += [f"## {escape(base.kernel.name)} to {escape(now.kernel.name)}", ""]
        found = [each for each in differences(base, now, 0.0) if each.functions or each.why]
        parts += [f"- {escape(words.difference(each))}" for each in found]
        parts += [] if found else ["Nothing changed."]
        parts += [""]
    return "\n".join(parts)


def _head(tables: Sequence[Table]) -> Iterator[str]:
    identity = tables[0].identity
    yield "# Instructions of timer operations"
    yield ""
    yield (
        f"Counted by {identity.qemu}, machine {identity.machine}, CPU {identity.cpu}, "
        f"kernel parameters {' '.join(identity.parameters)}; programs by {identity.compiler}. "
        "The usual path of each operation, from entry to return."
    )
    yield ""
    for each in tables:
        yield f"- {escape(each.kernel.name)}: {escape(each.kernel.source)}"
    yield ""


def _figures(tables: Sequence[Table]) -> str:
    rows = (
        [", ".join(key), *(words.figure(words.row_with(each, key)) for each in tables)]
        for key in words.keys(tables)
    )
    return table(["operation", *(each.kernel.name for each in tables)], rows, right=1)


def _missing(tables: Sequence[Table]) -> Iterator[str]:
    """Why there is no figure, of each that has none."""
    lines = [
        f"- {escape(each.kernel.name)}: {escape(', '.join(row.key))}: {escape(why)}"
        for each in tables
        for row in each.rows
        if (why := words.why_none(row))
    ]
    if lines:
        yield from ["Without a figure:", "", *lines, ""]
