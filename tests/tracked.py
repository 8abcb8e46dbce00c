"""Files that are in git: what is published, not what somebody's folder has besides."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "results"


@cache
def tracked() -> frozenset[Path]:
    """All of them, also those that were deleted but are still in the index."""
    listed = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-z"], capture_output=True, text=True, check=True
    )
    return frozenset(ROOT / name for name in listed.stdout.split("\0") if name)


def published_runs() -> list[Path]:
    """Folders of runs, in the order of their names."""
    return sorted(
        path.parent
        for path in tracked()
        if path.name == "run.json" and path.parent.parent == RESULTS and path.is_file()
    )
