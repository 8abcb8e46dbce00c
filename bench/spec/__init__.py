"""What is to be measured: cells, grids and sweeps, validated once at the boundary.

A *cell* is one point of a sweep; a *trial* is one measurement of a cell; a *run* is all
trials of one sweep on one host. Values are integers in base units (ns, Hz, items).
"""

from bench.spec.axes import (
    USUAL_CONTROLS,
    AddressFamily,
    ArmCpus,
    Clock,
    Control,
    Controls,
    Ends,
    Flag,
    Hook,
    Instrument,
    LoadShape,
    MapType,
    Mode,
    ObserverName,
    OuterMap,
    Phase,
    Rearm,
    TimeoutShape,
)
from bench.spec.axis import AUTO, Axis
from bench.spec.cell import AXES, Cell, without_load_axes
from bench.spec.engines import ENGINES, Engine, EngineFacts, engines_of
from bench.spec.option import Option
from bench.spec.sweep import (
    Grid,
    Sweep,
)
from bench.spec.values import (
    CLOSED_LOOP,
    MAX_EXPIRY_NS,
    MAX_LOAD_HZ,
    MAX_MAP_SIZE,
    Flags,
    Options,
    OptionValue,
    flags_text,
    hold_text,
    load_text,
    parse_load,
    population_text,
)

__all__ = [
    "AUTO",
    "AXES",
    "CLOSED_LOOP",
    "ENGINES",
    "MAX_EXPIRY_NS",
    "MAX_LOAD_HZ",
    "MAX_MAP_SIZE",
    "USUAL_CONTROLS",
    "AddressFamily",
    "ArmCpus",
    "Axis",
    "Cell",
    "Clock",
    "Control",
    "Controls",
    "Ends",
    "Engine",
    "EngineFacts",
    "Flag",
    "Flags",
    "Grid",
    "Hook",
    "Instrument",
    "LoadShape",
    "MapType",
    "Mode",
    "ObserverName",
    "Option",
    "OptionValue",
    "Options",
    "OuterMap",
    "Phase",
    "Rearm",
    "Sweep",
    "TimeoutShape",
    "engines_of",
    "flags_text",
    "hold_text",
    "load_text",
    "parse_load",
    "population_text",
    "without_load_axes",
]
