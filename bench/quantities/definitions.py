"""Which meaning each quantity and axis has in this version, and in a run. Pure."""

from __future__ import annotations

from bench.quantities.catalogue import QUANTITIES
from bench.quantities.own import declared
from bench.record import Definitions
from bench.words.axes import AXES

DEFINITIONS = Definitions(
    quantities={q.key: q.definition for q in (*QUANTITIES, *declared())},
    axes={axis.field: axis.definition for axis in AXES},
)
"""Those of this version."""
