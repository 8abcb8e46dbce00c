"""Colour and shape of kinds of points: those of an engine are the same in every chart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from bench.page.charts import theme
from bench.spec import ENGINES, Engine


def colour_of(field: str, kinds: Sequence[str]) -> Any:
    """The channel of a field, which has one of these kinds."""
    places = _places(kinds)
    hues = [theme.PALETTE[place % len(theme.PALETTE)] for place in places]
    return alt.Color(f"{field}:N", title=None).scale(domain=list(kinds), range=hues)


def hue_of(engine: Engine) -> str:
    """The colour of an engine."""
    return theme.PALETTE[tuple(ENGINES).index(engine) % len(theme.PALETTE)]


def shape_of(field: str, kinds: Sequence[str]) -> Any:
    """Likewise; shifted with each round of colours, so that no two kinds have both in common."""
    known = len(theme.SHAPES)
    shapes = [theme.SHAPES[(place + place // known) % known] for place in _places(kinds)]
    return alt.Shape(f"{field}:N", title=None).scale(domain=list(kinds), range=shapes)


def _places(kinds: Sequence[str]) -> list[int]:
    """Of engines, alone or behind a program's name, that of the registry; else that in the list."""
    engines = [kind.rpartition(", ")[2] for kind in kinds]
    if len(set(engines)) == len(engines) and set(engines) <= set(ENGINES):
        return [tuple(ENGINES).index(engine) for engine in engines]
    return list(range(len(kinds)))
