"""How large rooms, files and functions of ``bench`` may be."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import bench

ROOT = Path(bench.__file__).resolve().parent
ROOM_SHARE = 0.12
"""Of all lines, in the largest room: beyond it a room is several."""
FILE_MEDIAN = 100
FUNCTION_MEDIAN = 8
FUNCTION_LINES = 60
"""But for tables, which may be as long as what they list."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources() -> dict[Path, str]:
    return {path: path.read_text(encoding="utf-8") for path in ROOT.rglob("*.py")}


def functions() -> Iterator[tuple[Path, Function]]:
    for path, text in sources().items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, Function):
                yield path, node


def lines_of(function: Function) -> int:
    assert function.end_lineno is not None
    return function.end_lineno - function.lineno + 1


def is_table(function: Function) -> bool:
    """Whether it does nothing but name values and return a list of things."""
    *before, last = function.body
    plain = all(isinstance(node, ast.Expr | ast.Assign) for node in before)
    return plain and isinstance(last, ast.Return) and isinstance(last.value, ast.List | ast.Tuple)


def test_no_room_is_more_than_an_eighth_of_the_house() -> None:
    rooms: Counter[str] = Counter()
    for path, text in sources().items():
        parts = path.relative_to(ROOT).parts
        rooms[parts[0] if len(parts) > 1 else ""] += len(text.splitlines())
    (largest, lines), *_ = rooms.most_common()
    share = lines / rooms.total()
    assert share <= ROOM_SHARE, f"bench/{largest} has {share:.1%} of the lines of bench/: divide it"


def test_half_of_the_files_are_short() -> None:
    assert median(len(text.splitlines()) for text in sources().values()) <= FILE_MEDIAN


def test_half_of_the_functions_are_short() -> None:
    assert median(lines_of(function) for _, function in functions()) <= FUNCTION_MEDIAN


def test_no_function_is_long_but_a_table() -> None:
    long = [
        f"{path.relative_to(ROOT.parent)}:{function.lineno} {function.name} has {lines} lines"
        for path, function in functions()
        if (lines := lines_of(function)) > FUNCTION_LINES and not is_table(function)
    ]
    assert not long, "\n".join(long)
