from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bench.matrix.table import Cell, Change, KernelColumn, Matrix
from bench.record import Virtual
from bench.words.claims import Verdict

HOLDS, FAILS = Cell(Verdict.HOLDS, "accepted"), Cell(Verdict.FAILS, "EINVAL")
OTHER, UNTRIED = Cell(Verdict.HOLDS, "0"), Cell(Verdict.UNTRIED, "not asked", "", "no such type")
SAME, ANSWER, VERDICT = Change.NONE, Change.ANSWER, Change.VERDICT


@pytest.mark.parametrize(
    ("cells", "changes"),
    [
        ([HOLDS, HOLDS, HOLDS], [SAME, SAME, SAME]),
        ([HOLDS, FAILS, HOLDS], [SAME, VERDICT, VERDICT]),
        ([HOLDS, OTHER, FAILS], [SAME, ANSWER, VERDICT]),
        # What could not be tried is no change, and hides none between its neighbours.
        ([HOLDS, UNTRIED, HOLDS], [SAME, SAME, SAME]),
        ([HOLDS, UNTRIED, FAILS], [SAME, SAME, VERDICT]),
        ([UNTRIED, UNTRIED, HOLDS], [SAME, SAME, SAME]),
        ([HOLDS, None, FAILS], [SAME, SAME, VERDICT]),
    ],
)
def test_changes_between_neighbours(
    cells: list[Cell | None],
    changes: list[Change],
    make_column: Callable[..., KernelColumn],
    make_matrix: Callable[..., Matrix],
) -> None:
    columns = [
        make_column(f"6.{n}", **({"flag__abs": cell} if cell else {}))
        for n, cell in enumerate(cells)
    ]
    (row,) = make_matrix(*columns).rows
    assert list(row.changes) == changes
    assert row.changed is any(changes)


@pytest.mark.parametrize(
    ("release", "version"),
    [("6.12.117+deb12-rt-amd64", (6, 12)), ("7.0.0-rc1", (7, 0)), ("", (0, 0))],
)
def test_version(
    release: str, version: tuple[int, int], make_column: Callable[..., KernelColumn]
) -> None:
    assert make_column(release).version == version


def test_this_machine_s_title_has_its_version(make_column: Callable[..., KernelColumn]) -> None:
    host = replace(make_column("6.18.44"), name="host")
    assert host.title == "host 6.18"
    assert replace(host, name="debian:6.12", virtual=Virtual.KVM).title == "debian:6.12"
    assert replace(host, release="").title == "host"
