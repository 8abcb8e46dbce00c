"""The table of a run as Parquet; needs pyarrow, an optional extra."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bench.errors import BenchError
from bench.export.columns import Column, Kind

RUN_KEY = "bench.run"
"""Key of the file's metadata that holds ``run.json``."""
FLEET_KEY = "bench.fleet"
"""The same for ``fleet.json``."""


def parquet_bytes(table: Sequence[Column], header: bytes, *, key: str = RUN_KEY) -> bytes:
    """A Parquet file with the columns as int64, float64, bool and UTF-8 text, null for None.

    Args:
        table: The columns.
        header: ``run.json``, or what else is kept in the file's metadata by ``key``.

    Raises:
        BenchError: pyarrow is not installed, or an integer does not fit into 64 bits.
    """
    pa, parquet = _pyarrow()
    types = {
        Kind.INTEGER: pa.int64(),
        Kind.NUMBER: pa.float64(),
        Kind.FLAG: pa.bool_(),
        Kind.TEXT: pa.string(),
    }
    arrays = [_array(pa, column, types[column.kind]) for column in table]
    names = [column.name for column in table]
    out = pa.BufferOutputStream()
    made = pa.Table.from_arrays(arrays, names=names, metadata={key: header})
    parquet.write_table(made, out)
    return bytes(out.getvalue().to_pybytes())


def _array(pa: Any, column: Column, kind: Any) -> Any:
    try:
        return pa.array(column.values, type=kind)
    except OverflowError as error:
        problem = f"column {column.name} has an integer that Parquet cannot hold: {error}"
        raise BenchError(problem, remedy="Export as csv instead") from error


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        problem = f"Parquet needs pyarrow, which is not installed: {error}"
        raise BenchError(problem, remedy="Install it: pip install '.[parquet]'") from error
    return pyarrow, pyarrow.parquet
