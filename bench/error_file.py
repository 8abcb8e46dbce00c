"""An error that one bench leaves in a file for another that called it: a value, not its text."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

from bench.errors import BenchError, KernelRefusedError
from bench.json_text import parsed

VARIABLE = "BENCH_ERROR_FILE"
"""Environment variable: the file."""


def leave(error: BenchError) -> None:
    """Write the error to where the caller wants it, if it wants it."""
    path = os.environ.get(VARIABLE)
    if not path:
        return
    found = {"problem": error.problem, "remedy": error.remedy, "detail": error.detail}
    if isinstance(error, KernelRefusedError):
        found["errno"] = str(error.errno)
    with suppress(OSError):  # The exit code says that there was one.
        Path(path).write_text(json.dumps(found), encoding="utf-8")


def left(path: Path) -> BenchError | None:
    """The error in the file; None if there is none, or not all of one."""
    try:
        found = parsed(path.read_text(encoding="utf-8"))
        parts = {name: str(found[name]) for name in ("problem", "remedy", "detail")}
        code = int(found.get("errno", 0))
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
    return KernelRefusedError(errno=code, **parts) if code else BenchError(**parts)
