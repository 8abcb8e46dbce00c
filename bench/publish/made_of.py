"""What a report of a site was made of: a page whose records and tool are the same is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from pydantic import TypeAdapter

from bench.analysis.answers.question import Sentence
from bench.identity import identity
from bench.store.limits_files import Limits
from bench.store.packed import content
from bench.store.run_folder import RUN_FILE, TRIALS_FILE

MADE_OF = ".made-of"
"""File of a run in a site with the digest of what its report was made of."""
ANSWER_FILE = "answer.json"
"""Lines of the answer, for the front page."""
REPORTS = ("report.html", "report.md", ANSWER_FILE)


def digest(run: Path, limits: Limits) -> str:
    """Of the code, the records, the time series of a run, and the answers of kernels beside it."""
    found = hashlib.sha256(f"{identity()} {limits}".encode())
    for name in (RUN_FILE, TRIALS_FILE):
        found.update(content(run / name))
    for path in sorted(run.glob("samples/*.npz")):
        found.update(f"{path.name} {path.stat().st_size}".encode())
    return found.hexdigest()


def is_made_of(folder: Path, wanted: str) -> bool:
    """Whether a site has the reports of a run, made of just this."""
    stamp = folder / MADE_OF
    if not stamp.is_file() or not all((folder / name).is_file() for name in REPORTS):
        return False
    return stamp.read_text(encoding="utf-8") == wanted


_ANSWER = TypeAdapter(tuple[Sentence, ...])


def write_answer(folder: Path, lines: Sequence[Sentence]) -> None:
    """Keep the answer of a run beside its page."""
    (folder / ANSWER_FILE).write_bytes(_ANSWER.dump_json(tuple(lines), indent=1))


def read_answer(folder: Path) -> tuple[Sentence, ...]:
    """The answer beside a page; nothing where there is none."""
    file = folder / ANSWER_FILE
    return _ANSWER.validate_json(file.read_bytes()) if file.is_file() else ()
