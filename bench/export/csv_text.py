"""The table of a run as CSV, RFC 4180."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from bench.export.columns import Column, Value


def csv_text(table: Sequence[Column]) -> str:
    """A line of names, then one line per trial.

    Nothing stands where a value is None. Flags are ``true`` and ``false``; numbers have all
    the digits that it takes to read back the same number. Lines end with CR LF.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([column.name for column in table])
    for row in zip(*(column.values for column in table), strict=True):
        writer.writerow([_text(value) for value in row])
    return out.getvalue()


def _text(value: Value) -> Value:
    return str(value).lower() if isinstance(value, bool) else value
