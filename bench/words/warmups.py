"""How the warm-up of a run was found, in words."""

from __future__ import annotations

from bench.record import RunHeader
from bench.units import exact_duration
from bench.words.cells import cell_text
from bench.words.plurals import counted


def warmup_lines(header: RunHeader) -> tuple[str, ...]:
    """What was found, a sentence each; none for a warm-up that was given."""
    found = header.calibration
    if found is None:
        return ()
    warmup = exact_duration(header.sweep.warmup)
    if found.of is not None:
        return (f"warm-up {warmup}, as in {found.of}",)
    late = sum(bool(one.settled_ns) for one in found.pilots)
    cells = counted(len(found.pilots), "cell")
    asked = exact_duration(found.least_ns)
    first = (
        f"warm-up {warmup}, found by a pilot: {late} of {cells} took longer than {asked} to settle"
    )
    return (first, *(f"pilot: {cell_text(c.cell)}: {c.why}" for c in found.pilots if c.why))
