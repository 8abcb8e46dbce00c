"""What a fact about the host is, and the small readers facts are made of.

Every reader takes the root of a file tree, ``/`` on a real host, and returns None for
what this host does not say; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.facts import HostFact

Value = str | int | bool | None
Reader = Callable[[Path], Value]
ROOT = Path("/")
NOTHING = "none"
"""Value of a list that is known to be empty."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact of a host, and how it is read.

    Attributes:
        declared: What it is.
        read: From a root folder to the value.
        parts: Where the value stands for many: what each of them is, by name.
    """

    declared: HostFact
    read: Reader
    parts: Callable[[Path], Mapping[str, str]] | None = None

    @property
    def name(self) -> str:
        """Key in ``run.json``."""
        return self.declared.name

    @property
    def fixed(self) -> bool:
        """It cannot change while the kernel runs."""
        return self.declared.fixed


def with_readers(
    declared: Sequence[HostFact],
    readers: Mapping[str, Reader],
    parts: Mapping[str, Callable[[Path], Mapping[str, str]]] | None = None,
) -> tuple[Fact, ...]:
    """Facts in the order declared; each has a reader, and no reader is left over."""
    unknown = readers.keys() ^ {fact.name for fact in declared}
    assert not unknown, f"declared in bench.facts or read, not both: {sorted(unknown)}"
    return tuple(Fact(fact, readers[fact.name], (parts or {}).get(fact.name)) for fact in declared)


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
