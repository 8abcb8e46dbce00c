"""The JSON document of a matrix."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from bench.matrix.table import KernelColumn, Matrix, MatrixRow

FORMAT = 1


def document(matrix: Matrix) -> dict[str, Any]:
    """The same for the same answers, so that two can be compared; no times, no paths."""
    return {
        "format": FORMAT,
        "commands": list(matrix.commands),
        "good": matrix.good,
        "kernels": [_column(column) for column in matrix.columns],
        "rows": [_row(row) for row in matrix.rows],
        "checked": matrix.checked,
        "findings": [asdict(finding) for finding in matrix.findings],
    }


def _column(column: KernelColumn) -> dict[str, Any]:
    return {
        "name": column.name,
        "source": column.source,
        "release": column.release,
        "virtual": column.virtual,
        "arch": column.arch or None,
        "failure": column.failure and asdict(column.failure),
    }


def _row(row: MatrixRow) -> dict[str, Any]:
    cells = [
        cell and {**asdict(cell), "change": change or None}
        for cell, change in zip(row.cells, row.changes, strict=True)
    ]
    return {
        "id": row.claim.id,
        "group": row.claim.group,
        "claim": row.claim.text,
        "source": row.claim.source,
        "cells": cells,
    }
