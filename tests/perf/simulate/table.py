"""The table of what was simulated, and where documentation has it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).resolve().parents[3] / "docs" / "method-statistics.md"
BEGIN = "<!-- simulated: python -m tests.perf.simulate --write -->\n"
END = "<!-- end of what is simulated -->\n"
TITLES = ("what", "noise", "of", "share", "should be")


@dataclass(frozen=True, slots=True)
class Row:
    """One share of simulated runs."""

    what: str
    noise: str
    of: str
    share: float
    wanted: str


def table(rows: Iterable[Row]) -> str:
    """As Markdown."""
    lines = [f"| {' | '.join(TITLES)} |", "| --- | --- | --- | ---: | --- |"]
    lines += [f"| {r.what} | {r.noise} | {r.of} | {r.share:.3f} | {r.wanted} |" for r in rows]
    return "\n".join(lines) + "\n"


def write(text: str, page: Path = PAGE) -> None:
    """Put the table between its marks."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")
