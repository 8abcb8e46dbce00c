"""No message puts a number before a noun that is right for other numbers only."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import bench

ROOT = Path(bench.__file__).resolve().parent
PYTHON = sorted(ROOT.rglob("*.py"))
TEMPLATES = sorted(ROOT.rglob("*.j2"))

NO_PLURALS = frozenset(
    "across allows always as beyond bytes carries differs does fires forbids has holds is its "
    "lives measures needs ns reaches refuses this us was".split()
)
"""Words with an s that are no nouns, or follow names and powers of two only."""


def of_several(text: str) -> str | None:
    """The noun in the plural that a text begins with, at most one adjective before it."""
    found = re.match(r" (?:(?!of )[a-z]+ )?([a-z]+s)(?![\w/]| per )", text)
    return found[1] if found and not NO_PLURALS & set(found[0].split()) else None


def may_be_one(value: ast.expr) -> bool:
    """Whether a value may be the number 1: no constant, and of no table of names."""
    if isinstance(value, ast.Subscript):
        value = value.value
    names = [node.id for node in ast.walk(value) if isinstance(node, ast.Name)]
    return not all(name.isupper() for name in names)


def plurals(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            for value, after in zip(node.values, node.values[1:], strict=False):
                if isinstance(value, ast.FormattedValue) and isinstance(after, ast.Constant):
                    noun = of_several(str(after.value))
                    if noun and may_be_one(value.value):
                        yield f"line {node.lineno}: {{{ast.unparse(value.value)}}}{after.value}"


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_count_goes_through_the_one_helper(path: Path) -> None:
    """``counted(n, "trial")`` of bench.words.plurals, not ``f"{n} trials"``."""
    assert [*plurals(ast.parse(path.read_text(encoding="utf-8")))] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_template_has_a_noun_for_several_only(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found = [value for value, after in re.findall(r"\{\{([^}]*)\}\}( [^{<]*)", text)
             if of_several(after)]  # fmt: skip
    assert found == []


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ('f"{n} trials"', True),
        ('f"{len(x)} further cells are"', True),
        ('f"{n:,} hosts"', True),
        ('f"{MOST + 1} hosts"', False),
        ('f"{n} packets per second"', False),
        ('f"{hz} callbacks/s"', False),
        ('f"{name} needs it"', False),
        ("f\"{counted(n, 'trial')} more\"", False),
    ],
)
def test_the_scan_sees_the_kind(source: str, seen: bool) -> None:
    assert bool([*plurals(ast.parse(source))]) is seen
