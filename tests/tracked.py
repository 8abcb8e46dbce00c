"""Files that are in git: what is published, not what somebody's folder has besides."""

from __future__ import annotations

import gzip
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


def record_lines(run: Path) -> list[str]:
    """Lines of ``trials.jsonl``, plain or packed, read without the code that is tested."""
    plain = run / "trials.jsonl"
    if plain.exists():
        return plain.read_text(encoding="utf-8").splitlines()
    return gzip.decompress((run / "trials.jsonl.gz").read_bytes()).decode().splitlines()
