"""What is wrong with a sweep file, in the user's terms: line, key, value, what is allowed."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields

import yaml
from pydantic_core import ErrorDetails

from bench.errors import quoted, shortened
from bench.spec import AXES, Grid, Sweep, hold_text
from bench.units import exact_duration

Location = tuple[int | str, ...]
"""Path to a value as pydantic gives it: ``("cells", 0, "timeout", 1)``."""

_DURATIONS = {"duration", "warmup", "pilot", "budget"} | {
    axis.key for axis in AXES if axis.text in (exact_duration, hold_text)
}
_BOUNDS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
_REMEDIES = {
    "bool_parsing": "Write true or false",
    "dataclass_type": "Write keys with values",
    "float_parsing": "Write a number like 0.1",
    "int_parsing": "Write a whole number",
    "string_pattern_mismatch": "Write 1 to 40 of the characters a-z 0-9 _ -",
    "too_short": "Give at least one",
    "tuple_type": "Write a list",
    "value_error": "Correct the value",
}


@dataclass(frozen=True, slots=True)
class Complaint:
    """One mistake in a sweep: where (line, dotted key), what, and what to write instead."""

    line: int
    key: str
    problem: str
    remedy: str

    def at(self, file: str) -> str:
        """The mistake with its place, one line."""
        key = f", {shortened(self.key)}" if self.key else ""
        return f"{file}, line {self.line}{key}: {self.problem}"


@dataclass(frozen=True, slots=True)
class Place:
    """A value in a file: its node, its dotted key, and the line to point at."""

    node: yaml.Node
    key: str
    line: int

    @property
    def seen(self) -> str:
        """The value, short enough for a message."""
        if isinstance(self.node, yaml.ScalarNode):
            return quoted(self.node.value) if self.node.value else "nothing"
        return "a mapping" if isinstance(self.node, yaml.MappingNode) else "a list"


def line_of(node: yaml.Node) -> int:
    """Line where a node begins, counted from 1."""
    return int(node.start_mark.line) + 1


def locate(root: yaml.Node, location: Location) -> Place:
    """The value at ``location``, or the nearest enclosing one that the file has."""
    place = Place(root, "", line_of(root))
    for step in location:
        node = place.node
        if isinstance(node, yaml.MappingNode):
            pair = next((pair for pair in node.value if pair[0].value == step), None)
            if pair is None:
                break
            key = f"{place.key}.{step}" if place.key else str(step)
            place = Place(pair[1], key, line_of(pair[0]))
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            item = node.value[step]
            place = Place(item, f"{place.key}[{step}]", line_of(item))
    return place


def nearest(name: str, known: Collection[str], what: str) -> str:
    """Advice for a misspelt name: the closest known one, if any, and all of them."""
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"Did you mean {near[0]}? " if near else ""
    return f"{hint}Known {what}: {', '.join(known)}"


def complaints(root: yaml.Node, errors: Sequence[ErrorDetails]) -> list[Complaint]:
    """Pydantic's errors in the user's terms, without those that only follow from others."""
    at = [error["loc"] for error in errors]
    return [
        _complaint(locate(root, error["loc"]), error)
        for error in errors
        if not (error["type"] == "too_short" and _has_deeper(error["loc"], at))
    ]


def _has_deeper(location: Location, others: Sequence[Location]) -> bool:
    depth = len(location)
    return any(len(other) > depth and other[:depth] == location for other in others)


def _complaint(place: Place, error: ErrorDetails) -> Complaint:
    kind, location = error["type"], error["loc"]
    problem = f"{place.seen} is not allowed"
    remedy = _REMEDIES.get(kind) or bounds(error) or error["msg"]
    match kind:
        case "unexpected_keyword_argument":
            known = [item.name for item in fields(Grid if len(location) > 1 else Sweep)]
            problem, remedy = "unknown key", nearest(str(location[-1]), known, "keys")
        case "missing":
            problem, remedy = f"key {location[-1]} is missing", "Add it"
        case "value_error":
            problem = str(error["ctx"]["error"])
        case "enum":
            remedy = f"Write {error['ctx']['expected']}"
    return Complaint(place.line, place.key, problem, remedy)


def bounds(error: ErrorDetails) -> str:
    """The bound that a value breaks, in the user's units; empty if it is none."""
    is_duration = bool(_DURATIONS.intersection(error["loc"]))
    for name, words in _BOUNDS.items():
        if name in error.get("ctx", {}):
            bound = error["ctx"][name]
            return f"Write {words} {exact_duration(bound) if is_duration else bound}"
    return ""
