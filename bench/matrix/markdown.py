"""A matrix as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.matrix import words
from bench.matrix.table import Finding, KernelColumn, Matrix, MatrixRow
from bench.words.escape import Markdown, escape, fenced, table

TITLE = "bpf_timer by kernel"


def markdown(matrix: Matrix) -> str:
    """The whole document: kernels, findings, what changed, every row."""
    return "\n".join(_lines(matrix)) + "\n"


def _lines(matrix: Matrix) -> Iterator[str]:
    yield f"# {TITLE}\n"
    yield escape(f"Commands on each kernel: {', '.join(matrix.commands)}.\n")
    yield f"\n{_kernels(matrix.columns)}\n"
    if words.emulated(matrix):
        yield f"{words.EMULATED_NOTE}\n"
    yield from _failures(matrix.columns)
    yield f"## Findings\n\n{words.checked_text(matrix)}\n"
    if matrix.findings:
        yield f"{_findings(matrix.findings)}\n"
    yield f"## What changed between neighbours\n\n{words.LEGEND}\n"
    changed = [row for row in matrix.rows if row.changed]
    yield f"{_rows(changed, matrix.columns)}\n" if changed else "Nothing.\n"
    yield "## All claims\n"
    for title, rows in words.by_group(matrix.rows):
        yield f"### {title}\n\n{_rows(rows, matrix.columns)}\n"


def _kernels(columns: Sequence[KernelColumn]) -> Markdown:
    titles = ("kernel", "release", "image", "executed", "claims")
    rows = [(c.name, c.release, c.source or "-", words.how(c), words.tally(c)) for c in columns]
    return table(titles, rows, right=len(titles))


def _failures(columns: Sequence[KernelColumn]) -> Iterator[str]:
    for column in columns:
        if column.failure is not None:
            yield f"**{escape(column.name)} gave no answer:** {escape(column.failure.problem)}\n"
            yield f"{fenced(column.failure.detail)}\n"


def _findings(findings: Sequence[Finding]) -> Markdown:
    titles = ("kernel", "claim", "known", "seen", "source of the known")
    rows = [(f.kernel, f.claim, f.expected, f.seen, f.source) for f in findings]
    return table(titles, rows, right=len(titles))


def _rows(rows: Sequence[MatrixRow], columns: Sequence[KernelColumn]) -> Markdown:
    titles = ("claim", *(column.title for column in columns))
    body = [
        [
            row.claim.text,
            *(words.cell_text(*pair) for pair in zip(row.cells, row.changes, strict=True)),
        ]
        for row in rows
    ]
    return table(titles, body, right=len(titles))
