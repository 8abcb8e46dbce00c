"""What a fact about the host is, and the small readers facts are made of.

Every reader takes the root of a file tree, ``/`` on a real host, and returns None for
what this host does not tell; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

Value = str | int | bool | None
Reader = Callable[[Path], Value]
ROOT = Path("/")
NOTHING = "none"
"""Value of a list that is known to be empty."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One stable property of a host.

    Attributes:
        name: Key in ``run.json``.
        meaning: What it is, in a few words, with the unit of a number.
        read: From a root folder to the value.
        fixed: It cannot change while the kernel runs, so one look at it is enough.
        parts: Where the value stands for many: what each of them is, by name.
    """

    name: str
    meaning: str
    read: Reader
    fixed: bool = False
    parts: Callable[[Path], Mapping[str, str]] | None = None


def fixed(name: str, meaning: str, read: Reader) -> Fact:
    """A fact that cannot change while the kernel runs."""
    return Fact(name, meaning, read, fixed=True)


def text(root: Path, path: str) -> str | None:
    """Content of ``root/path`` without surrounding blanks; None if it cannot be read."""
    try:
        return (root / path).read_text(errors="replace").strip()
    except OSError:
        return None


def number(root: Path, path: str) -> int | None:
    """Content of ``root/path`` as an integer; None if it is none."""
    try:
        return int(text(root, path) or "")
    except ValueError:
        return None


def text_of(path: str) -> Reader:
    """A reader of one file's text; an empty file is an empty list."""

    def read(root: Path) -> str | None:
        found = text(root, path)
        return NOTHING if found == "" else found

    return read


def number_of(path: str) -> Reader:
    """A reader of one file's integer."""
    return lambda root: number(root, path)


def chosen(line: str | None) -> str | None:
    """The bracketed word of a line such as ``none [integrity] confidentiality``."""
    _, opened, rest = (line or "").partition("[")
    return rest.partition("]")[0] if opened else None


def shrunk(values: Mapping[int, str]) -> str | None:
    """CPU -> value, as one value if all are equal, else as ``a (cpu 0,1), b (cpu 2)``."""
    by_value: dict[str, list[str]] = {}
    for cpu, value in values.items():
        by_value.setdefault(value, []).append(str(cpu))
    if len(by_value) <= 1:
        return next(iter(by_value), None)
    return ", ".join(f"{value} (cpu {','.join(cpus)})" for value, cpus in by_value.items())
