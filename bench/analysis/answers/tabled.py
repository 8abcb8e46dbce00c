"""Lines of an answer that share a table, as one line with it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from bench.analysis.answers.question import Grid, Sentence


def tabled(sentences: Sequence[Sentence]) -> list[Sentence]:
    """The same lines; those in a row of one subject and with tables of the same titles are one."""
    return [line for key, group in groupby(sentences, _key) for line in _lines(key, list(group))]


def _key(line: Sentence) -> tuple[str, tuple[str, ...]]:
    return line.subject, line.grid.titles if line.grid else ()


def _lines(key: tuple[str, tuple[str, ...]], lines: list[Sentence]) -> Iterator[Sentence]:
    grids = [line.grid for line in lines if line.grid]
    if not grids:
        yield from lines
        return
    caption, (subject, titles) = grids[0].caption, key
    rows = tuple(row for grid in grids for row in grid.rows)
    verdict = " ".join(filter(None, (line.verdict for line in lines)))
    whole = Grid(caption, titles, rows)
    yield Sentence(subject, caption, lines[0].section, verdict=verdict, grid=whole)
