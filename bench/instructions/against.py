"""A table against another one: which operations take more instructions, and where. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from bench.errors import BenchError
from bench.instructions.table import PathRow, Row, Table


@dataclass(frozen=True, slots=True)
class Difference:
    """One operation in both tables.

    Attributes:
        operation: What was called.
        conditions: Queue, map, clock and flags.
        base: Instructions of the usual path before; None if it was not exact or not there.
        now: The same now.
        functions: By function, instructions more (or, negative, fewer), most first.
        grew: Whether it takes more than the limit allows.
        why: Why there is no comparison; empty if there is one.
    """

    operation: str
    conditions: str
    base: int | None
    now: int | None
    functions: tuple[tuple[str, int], ...]
    grew: bool
    why: str

    @property
    def change(self) -> int | None:
        """Instructions more than before."""
        return None if self.base is None or self.now is None else self.now - self.base


def same_identity(base: Table, now: Table) -> None:
    """Figures of both can be compared, whatever the kernels.

    Raises:
        BenchError: Something else than the kernel differs; names what.
    """
    ours, theirs = asdict(now.identity), asdict(base.identity)
    different = [name for name, value in ours.items() if theirs[name] != value]
    if different:
        shown = "; ".join(f"{name}: {theirs[name]} and {ours[name]}" for name in different)
        raise BenchError(
            f"the tables differ in more than their kernel: {', '.join(different)}",
            remedy="Make both with the same QEMU, bench and kernel parameters",
            detail=shown,
        )


def differences(base: Table, now: Table, limit: float) -> list[Difference]:
    """Every operation of the base, as it is now.

    Args:
        base: What it is held against.
        now: The new table.
        limit: Share by which an operation may grow.

    Raises:
        BenchError: The tables differ in more than their kernel.
    """
    same_identity(base, now)
    rows = {row.key: row for row in now.rows}
    return [_difference(row, rows.get(row.key), limit) for row in base.rows]


def _difference(base: Row, now: Row | None, limit: float) -> Difference:
    before, after = base.usual, now.usual if now else None
    why = _why_not(base, now)
    grew = not why and before is not None and after is not None and _grew(before, after, limit)
    return Difference(
        operation=base.operation,
        conditions=base.conditions,
        base=before.instructions if before else None,
        now=after.instructions if after else None,
        functions=by_function(before, after) if before and after else (),
        grew=grew,
        why=why,
    )


def _why_not(base: Row, now: Row | None) -> str:
    if now is None:
        return "not in the new table"
    for name, row in (("base", base), ("new table", now)):
        if row.refused:
            return f"refused in the {name}: {row.refused}"
        if not row.exact:
            return f"not exact in the {name}"
    return ""


def _grew(before: PathRow, after: PathRow, limit: float) -> bool:
    return _whole(after) > _whole(before) * (1 + limit)


def _whole(path: PathRow) -> int:
    """With the iterations, so that a longer copy is not free."""
    return path.instructions + path.iterations


def by_function(before: PathRow, after: PathRow) -> tuple[tuple[str, int], ...]:
    """Where the difference lies, the largest growth first."""
    old, new = before.functions, after.functions
    changes = {name: new.get(name, 0) - old.get(name, 0) for name in {*old, *new}}
    found = [(name, change) for name, change in changes.items() if change]
    return tuple(sorted(found, key=lambda item: (-item[1], item[0])))


def unanswered(found: Iterable[Difference]) -> list[Difference]:
    """Those that the base has an exact figure of, and that are not compared all the same."""
    return [each for each in found if each.why and each.base is not None]


def grown(found: Iterable[Difference]) -> list[Difference]:
    """Those that break the limit."""
    return [each for each in found if each.grew]
