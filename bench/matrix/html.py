"""A matrix as one HTML page that needs no other file."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bench.instructions import words as instruction_words
from bench.matrix import words
from bench.matrix.instructions import Instructions
from bench.matrix.markdown import TITLE
from bench.matrix.table import Change, Matrix
from bench.words.claims import Verdict
from bench.words.escape import printable
from bench.words.plurals import counted

TEMPLATE = "matrix.html.j2"
_CLASSES = {Verdict.HOLDS: "holds", Verdict.FAILS: "fails", Verdict.UNTRIED: "untried"}


def html(matrix: Matrix, counted_of: Instructions | None = None) -> str:
    """The page; everything that a kernel or a user said is escaped.

    Args:
        matrix: What kernels answered.
        counted_of: What was counted of kernels besides.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["line"] = printable
    environment.globals["counted"] = counted
    template = environment.get_template(TEMPLATE)
    return template.render(
        title=TITLE,
        matrix=matrix,
        counted_of=counted_of,
        words=words,
        instruction_words=instruction_words,
        groups=list(words.by_group(matrix.rows)),
        classes=_CLASSES,
        marks={Change.ANSWER: "≈", Change.VERDICT: "≠", Change.NONE: ""},
        changed=sum(row.changed for row in matrix.rows),
    )
