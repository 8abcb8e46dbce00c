"""What an axis of a sweep is: one row, which the field of a cell carries.

The row feeds the sweep file (:class:`bench.spec.Grid`), the command line, the name of a cell and
the tables. To add an axis, add a field with its row to :class:`bench.spec.Cell`, and, if it takes
words, the words to :mod:`bench.spec.axes`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import MISSING, dataclass, fields, replace
from enum import Enum
from types import NoneType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

AUTO = "auto"
"""How a sweep writes a value that follows from its other axes."""


def plain(value: object) -> str:
    """A value as it is written, ``-`` where it does not apply."""
    return "-" if value is None else str(value)


@dataclass(frozen=True, slots=True)
class Axis:
    """A field of a cell.

    Attributes:
        title: What tables and names of cells call it.
        meaning: What the command line says of it, before its words if it takes some.
        default: What is measured where a sweep does not say.
        text: A value as a user would write it.
        of_load: Meaningless, and so ignored, in cells without load.
        of_rate: Of a load with a rate only: a closed loop has none, ``max`` says it all.
        follows: A sweep may write ``auto``: it follows from other axes of the cell.
        words: What can be written; ``more`` says how else.
        definition: Number of its meaning, raised when that changes.
        key: What sweeps call it, where that is not the field.
        field: Attribute of a cell.
        type: What pydantic makes of one value in a sweep.
        unused: What a cell has where the axis does not apply.
    """

    title: str
    meaning: str = ""
    default: Any = None
    text: Callable[[Any], str] = plain
    of_load: bool = False
    of_rate: bool = False
    follows: bool = False
    words: Collection[str] = ()
    more: str = ""
    definition: int = 1
    key: str = ""
    field: str = ""
    type: Any = None
    unused: Any = None

    def of(self, cell: Any) -> str:
        """The cell's value as text, ``-`` where it does not apply."""
        if (self.of_load and not cell.has_load) or (self.of_rate and cell.load_hz is None):
            return "-"
        value = getattr(cell, self.field)
        # None is a value of an axis only if cells have something else where it does not apply.
        stands_for_none = self.unused is None or self.unused is MISSING
        return "-" if value is None and stands_for_none else self.text(value)

    def written(self, value: Any) -> str:
        """A value of a sweep as a user would write it."""
        return AUTO if self.follows and value == AUTO else self.text(value)

    @property
    def option(self) -> str:
        """What the command line calls it."""
        return "--" + self.key.replace("_", "-")

    @property
    def help(self) -> str:
        """Its meaning with the words that it takes now, and the default."""
        words = f": {', '.join(self.words)}{self.more}" if self.words else ""
        return f"{self.meaning}{words}. [{self.text(self.default)}]"


def rows(of: type[Any]) -> Iterator[Axis]:
    """The rows that the fields of a cell carry, in their order."""
    hints = get_type_hints(of, include_extras=True)
    for item in fields(of):
        for row in getattr(hints[item.name], "__metadata__", ()):
            if isinstance(row, Axis):
                yield replace(
                    row,
                    field=item.name,
                    key=row.key or item.name,
                    type=_value_type(hints[item.name]),
                    unused=item.default,
                )


def _value_type(hint: Any) -> Any:
    """Type of a value that applies: None stands for a word that does not."""
    base, *others = get_args(hint)
    words = [each for each in get_args(base) if isinstance(each, type) and issubclass(each, Enum)]
    base = words[0] if words and get_origin(base) is not tuple else base
    kept = [other for other in others if not isinstance(other, Axis)]
    if not kept and NoneType in (kinds := get_args(base)):
        # What parses None itself has a word for it.
        (base,) = (kind for kind in kinds if kind is not NoneType)
    return Annotated[(base, *kept)] if kept else base
