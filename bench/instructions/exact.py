"""Exact or nothing: which paths every boot took. Pure."""

from __future__ import annotations

import os
from collections.abc import Sequence

from bench.instructions.marks import CALLED_BACK, Operation
from bench.instructions.paths import Seen
from bench.instructions.scenario import Scenario
from bench.instructions.table import PathRow, Row

LEAST_TOGETHER = 0.95
"""Share of the undisturbed calls that the common paths have in every boot."""
LEAST_OF_ONE = 0.01
"""Share below which a path is none of the common ones."""
DECIMALS = 3


def row_of(scenario: Scenario, operation: Operation, boots: Sequence[Seen], errno: int = 0) -> Row:
    """The row of one operation.

    Args:
        scenario: The conditions.
        operation: What was recorded there.
        boots: What each boot saw of it.
        errno: What the kernel answered where it refused; 0 = it did not.
    """
    named = scenario.operation if scenario.operation in CALLED_BACK else operation
    paths = [] if errno else _common(boots)
    together = min((_share_of(paths, boot) for boot in boots), default=0.0)
    return Row(
        operation=named.text,
        conditions=scenario.conditions,
        queued=scenario.queued,
        map_type=scenario.map_type,
        clock=scenario.clock,
        flags=scenario.flags,
        together=scenario.together,
        exact=bool(paths) and together >= LEAST_TOGETHER,
        refused=os.strerror(errno) if errno else "",
        undisturbed=[boot.undisturbed for boot in boots],
        left_out=[boot.left_out for boot in boots],
        paths=paths,
    )


def _common(boots: Sequence[Seen]) -> list[PathRow]:
    """Paths that every boot took often enough, most frequent first."""
    if not boots or not all(boot.undisturbed for boot in boots):
        return []
    rows = []
    for key, path in boots[0].paths.items():
        share = min(boot.calls.get(key, 0) / boot.undisturbed for boot in boots)
        if share >= LEAST_OF_ONE:
            rows.append(
                PathRow(
                    key=key,
                    instructions=path.instructions,
                    iterations=path.iterations,
                    share=round(share, DECIMALS),
                    stacks=dict(path.stacks),
                )
            )
    return sorted(rows, key=lambda row: (-row.share, row.instructions, row.key))


def _share_of(paths: Sequence[PathRow], boot: Seen) -> float:
    return sum(boot.calls.get(path.key, 0) for path in paths) / max(boot.undisturbed, 1)
