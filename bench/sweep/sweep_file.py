"""Sweeps from YAML files; a mistake is reported with file, line, key, value and remedy.

Scalars are read as plain text (YAML's own guesses are off), so that ``010``, ``1:30``,
``yes`` or an empty value cannot silently become something else: :mod:`bench.spec` parses.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from bench.errors import LONGEST_PATH, UsageError, quoted
from bench.spec import USUAL_CONTROLS, Sweep
from bench.sweep.complaint import Complaint, complaints, line_of
from bench.sweep.misfits import program_complaints

PACKAGED = Path(__file__).resolve().parent.parent / "sweeps"
SWEEP = TypeAdapter(Sweep)
DEEPEST = 20
"""Levels of a file; a sweep has four. What is nested by hundreds takes YAML seconds to read."""


class _Loader(yaml.BaseLoader):
    """Reads scalars as text, and no more levels than ``DEEPEST``."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """A node with what is in it, as :class:`yaml.composer.Composer` makes it."""
        self.depth += 1
        if self.depth > DEEPEST:
            problem = f"nested more than {DEEPEST} levels deep"
            raise yaml.composer.ComposerError(None, None, problem, self.get_mark())
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def packaged_sweeps() -> dict[str, Path]:
    """Sweeps that come with the tool, by name."""
    return {path.stem: path for path in sorted(PACKAGED.glob("*.yaml"))}


def read_sweep(source: str | Path) -> Sweep:
    """Read a sweep from a YAML file, or a packaged one by its name.

    Args:
        source: Path of a file, or a name of :func:`packaged_sweeps`.

    Raises:
        UsageError: The file cannot be read or is not a valid sweep; ``detail`` lists every
            mistake when there are several.
    """
    path = packaged_sweeps().get(str(source), Path(source))
    return parse_sweep(_text_of(path), file=str(path))


def parse_sweep(text: str, *, file: str) -> Sweep:
    """A sweep from YAML text; ``file`` names it in messages and gives the default name.

    Raises:
        UsageError: As :func:`read_sweep`.
    """
    root, data = _load(text, file)
    _raise_first(file, _duplicates(root))
    if isinstance(data, dict):
        data.setdefault("name", _name_from(file))
        data.setdefault("controls", USUAL_CONTROLS)
    try:
        sweep = SWEEP.validate_python(data)
    except ValidationError as error:
        _raise_first(file, complaints(root, error.errors()))
        raise
    _raise_first(file, list(program_complaints(root, data, sweep)))
    return sweep


def _text_of(path: Path) -> str:
    known = ", ".join(packaged_sweeps())
    remedy = f"Give the path of a sweep file or one of the packaged sweeps: {known}"
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        problem = f"cannot read sweep {quoted(str(path), LONGEST_PATH)}: {error.strerror}"
        raise UsageError(problem, remedy=remedy) from error
    except UnicodeDecodeError as error:
        problem = f"sweep {quoted(str(path), LONGEST_PATH)} is not UTF-8 text (byte {error.start})"
        raise UsageError(problem, remedy=remedy) from error


def _load(text: str, file: str) -> tuple[yaml.Node, Any]:
    """Node tree (for lines) and plain data of a file; every scalar is a str."""
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
        if root is None:
            raise UsageError(f"{file} is empty", remedy="A sweep needs at least the key cells")
        return root, loader.construct_document(root)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{file}, line {mark.line + 1}" if mark else file
        raise UsageError(
            f"{where}: not valid YAML: {error.problem or error.context}",
            remedy="Correct the line",
            detail=str(error),
        ) from error
    except yaml.YAMLError as error:
        raise UsageError(f"{file}: not valid YAML: {error}", remedy="Correct the file") from error


def _name_from(file: str) -> str:
    slug = re.sub(r"[^a-z0-9_-]+", "-", Path(file).stem.lower()).strip("-_")
    return slug[:40] or "custom"


def _raise_first(file: str, complaints: Sequence[Complaint]) -> None:
    if complaints:
        first, *others = sorted(complaints, key=lambda complaint: complaint.line)
        detail = "\n".join(f"{other.at(file)}. {other.remedy}" for other in others)
        raise UsageError(first.at(file), remedy=first.remedy, detail=detail)


def _duplicates(root: yaml.Node) -> list[Complaint]:
    found: list[Complaint] = []
    todo, seen = [root], set[int]()
    while todo:
        node = todo.pop()
        if id(node) in seen or isinstance(node, yaml.ScalarNode):
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            found += _repeated_keys(node)
            todo += [value for _, value in node.value]
        else:
            todo += node.value
    return found


def _repeated_keys(node: yaml.MappingNode) -> list[Complaint]:
    first: dict[str, int] = {}
    found = []
    for key, _ in node.value:
        name = str(key.value)
        if name in first:
            problem = f"key given twice, first in line {first[name]}"
            found.append(Complaint(line_of(key), name, problem, "Remove one of the two"))
        first.setdefault(name, line_of(key))
    return found
