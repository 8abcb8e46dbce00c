"""What a report of a site was made of: a page whose records and tool are the same is kept."""

from __future__ import annotations

import hashlib
from pathlib import Path

from bench.identity import identity

MADE_OF = ".made-of"
"""File of a run in a site with the digest of what its report was made of."""
REPORTS = ("report.html", "report.md")


def digest(run: Path) -> str:
    """Of the code, the records, and the time series of a run."""
    found = hashlib.sha256(str(identity()).encode())
    for name in ("run.json", "trials.jsonl"):
        found.update((run / name).read_bytes())
    for path in sorted(run.glob("samples/*.npz")):
        found.update(f"{path.name} {path.stat().st_size}".encode())
    return found.hexdigest()


def is_made_of(folder: Path, wanted: str) -> bool:
    """Whether a site has the reports of a run, made of just this."""
    stamp = folder / MADE_OF
    if not stamp.is_file() or not all((folder / name).is_file() for name in REPORTS):
        return False
    return stamp.read_text(encoding="utf-8") == wanted
