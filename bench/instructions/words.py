"""The texts of instruction tables: rows, differences, KTAP, folded stacks. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bench.instructions.against import Difference
from bench.instructions.table import Row, Table

NOTE = (
    "Instructions are no time: caches, atomic operations and accesses to devices cost what no "
    "count says."
)
NAMED = 4
"""Functions that a difference names at most."""
DASH = "-"


def figure(row: Row | None) -> str:
    """The instructions of the usual path, ``-`` if there is no exact one."""
    if row is None or row.usual is None:
        return DASH
    usual = row.usual
    return f"{usual.instructions:,}" + (f" (+{usual.iterations:,} rep)" if usual.iterations else "")


def why_none(row: Row) -> str:
    """Why a row has no figure; empty if it has one."""
    if row.refused:
        return f"refused: {row.refused}"
    if row.exact:
        return ""
    if not all(row.undisturbed):
        return "no undisturbed call"
    share = sum(path.share for path in row.paths)
    return f"not exact: common paths make {share:.1%} of the calls"


def paths(row: Row) -> str:
    """Every path with its share: ``404 (95%), 2,317 (4.5%)``."""
    shown = (f"{path.instructions:,} ({path.share:.3g})" for path in row.paths)
    return ", ".join(shown) if row.exact else why_none(row)


def keys(tables: Sequence[Table]) -> list[tuple[str, str]]:
    """Operation and conditions of all rows, each once, in order."""
    return list(dict.fromkeys(row.key for table in tables for row in table.rows))


def row_with(table: Table, key: tuple[str, str]) -> Row | None:
    """The row of a key, if the table has it."""
    return next((row for row in table.rows if row.key == key), None)


def functions(changes: Iterable[tuple[str, int]]) -> str:
    """``htab_map_update_elem +12, memset -3``: the largest changes, either way."""
    found = sorted(changes, key=lambda item: -abs(item[1]))
    text = ", ".join(f"{name} {change:+,}" for name, change in found[:NAMED])
    left = len(found) - NAMED
    return f"{text} and {left} more" if left > 0 else text


def difference(found: Difference) -> str:
    """One line: what it takes more or less, and in which functions."""
    name = f"{found.operation}, {found.conditions}"
    if found.change is None or found.base is None:
        return f"{name}: not compared: {found.why}"
    if not found.change and not found.functions:
        return f"{name}: unchanged, {found.base:,}"
    share = found.change / found.base
    what = f"{found.change:+,} ({share:+.1%}): {functions(found.functions)}"
    return f"{name}: {found.base:,} to {found.now:,}, {what}"


def ktap(found: Sequence[Difference]) -> str:
    """The verdicts as KTAP version 1, for kernel CI."""
    lines = ["KTAP version 1", f"1..{len(found)}"]
    for number, each in enumerate(found, start=1):
        name = f"{each.operation}, {each.conditions}".replace("#", "")
        if each.why:
            lines.append(f"ok {number} {name} # SKIP {each.why}")
            continue
        lines += [f"# {name} {change:+d} in {which}" for which, change in each.functions]
        lines.append(f"{'not ok' if each.grew else 'ok'} {number} {name}")
    return "\n".join(lines) + "\n"


def folded(row: Row) -> Iterator[str]:
    """Stacks of the usual path, as flame graph tools read them."""
    if row.usual is not None:
        for stack, count in sorted(row.usual.stacks.items()):
            yield f"{row.operation}, {row.conditions};{stack} {count}"
