"""Names of the files that tables are kept in. Pure."""

from __future__ import annotations

import re
from pathlib import Path

from bench.instructions.table import Table

FOLDED = "folded"
COMPARISON = "comparison.md"


def file_name(table: Table) -> str:
    """``PACKAGE-VERSION.json``, as the source names both; of a file its name and the release."""
    source = table.kernel.source.split(",")[0]
    named = f"{source.rsplit('/', 1)[-1]}-{table.kernel.release}" if "/" in source else source
    return re.sub(r"[^\w.+~-]+", "-", named).strip("-") + ".json"


def table_file(folder: Path, table: Table) -> Path:
    """The table in a folder."""
    return folder / file_name(table)


def folded_file(folder: Path, table: Table) -> Path:
    """Its folded stacks."""
    return folder / FOLDED / f"{file_name(table).removesuffix('.json')}.txt"
