"""The direction of imports, and no cycle, read from the sources."""

from __future__ import annotations

import ast
from functools import cache
from graphlib import TopologicalSorter
from itertools import pairwise
from pathlib import Path

import pytest

import bench

ROOT = Path(bench.__file__).resolve().parent

LAYERS = (
    {"__main__"},
    {"cli"},
    {"export", "publish"},
    {"fleet"},
    {"report", "page", "compare", "campaign", "matrix"},
    {"whatif"},
    {"contribute"},
    {"trial", "analysis", "capacity", "pairs", "doctor", "demo", "limits", "instructions"},
    {"engines", "guest"},
    {"drivers"},
    {"flood"},
    {"observers", "watch"},
    {"clean"},
    {"libbpf", "load", "store"},
    {"host"},
    {"sweep"},
    {"programs"},
    {"abi"},
    {"cost"},
    {"histogram", "stats", "quantities"},
    {"words"},
    {"record"},
    {"control", "identity", "reason"},
    {"process"},
    {"spec", "threads", "child"},
    {"installation"},
    {"resources", "signals", "units", "facts", "error_file"},
    {"json_text"},
    {"errors"},
    {"exits"},
)
"""Parts of ``bench``, highest first. A part imports itself and lower layers only."""

CONTRIBUTING = ROOT.parent / "CONTRIBUTING.md"

RANK = {part: rank for rank, layer in enumerate(LAYERS) for part in layer}


def modules() -> dict[str, Path]:
    found = {}
    for path in ROOT.rglob("*.py"):
        parts = ("bench", *path.relative_to(ROOT).with_suffix("").parts)
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(path: Path, known: set[str]) -> set[str]:
    """Modules of ``bench`` that a file imports anywhere, also within functions."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write imports in full"
            # ``from bench.host import memory`` may name a module or a function.
            names.add(node.module or "")
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names & known


def part_of(module: str) -> str:
    return module.split(".")[1]


@cache
def dependencies() -> dict[str, set[str]]:
    paths = modules()
    return {name: imported(path, set(paths)) - {name} for name, path in paths.items()}


def test_every_part_has_a_layer() -> None:
    parts = {part_of(name) for name in modules() if name != "bench"}
    unplaced = parts - set(RANK)
    assert not unplaced, f"place {sorted(unplaced)} in LAYERS of {Path(__file__).name}"


def test_no_part_imports_a_higher_or_equal_layer() -> None:
    wrong = [
        f"{name} imports {other}"
        for name, others in dependencies().items()
        for other in others - {"bench"}
        if name != "bench"
        and part_of(name) != part_of(other)
        and {part_of(name), part_of(other)} <= RANK.keys()
        and RANK[part_of(name)] >= RANK[part_of(other)]
    ]
    assert not wrong, "\n".join(sorted(wrong))


def test_no_import_cycle() -> None:
    # A package's __init__ that re-exports its own modules is its front, not a dependency.
    graph = {
        name: {other for other in others if not name.startswith(f"{other}.")}
        for name, others in dependencies().items()
    }
    tuple(TopologicalSorter(graph).static_order())


def test_contributing_prints_these_layers() -> None:
    text = CONTRIBUTING.read_text(encoding="utf-8")
    (block,) = (part for part in text.split("\n\n") if part.startswith("    cli\n    -> "))
    printed = [set(line.strip(" ->").split(", ")) for line in block.splitlines()]
    assert printed == list(LAYERS[1:])


READING = (
    ("cli",), ("report", "page", "compare"), ("analysis",), ("quantities",), ("record",), ("spec",),
)  # fmt: skip
MEASURING = (
    ("cli",), ("campaign",), ("trial",), ("engines",), ("drivers",),
    ("libbpf", "load", "observers"), ("host",), ("programs",), ("record",), ("spec",),
)  # fmt: skip
"""The two chains of CONTRIBUTING: each part imports those to its right."""

TOUCHING = {
    "campaign", "trial", "engines", "drivers", "flood", "libbpf", "load", "observers", "host",
    "guest", "doctor", "demo", "limits", "instructions", "matrix", "capacity", "watch",
}  # fmt: skip
"""Parts that measure, or serve nothing else."""
READERS = {"export", "publish", "fleet", "report", "page", "compare", "whatif", "analysis"}


@pytest.mark.parametrize("chain", [READING, MEASURING], ids=["reading", "measuring"])
def test_the_chains_go_down(chain: tuple[tuple[str, ...], ...]) -> None:
    ranks = [{RANK[part] for part in parts} for parts in chain]
    assert all(max(above) < min(below) for above, below in pairwise(ranks))


def test_contributing_names_the_chains() -> None:
    text = " ".join(CONTRIBUTING.read_text(encoding="utf-8").split())
    for chain in (READING[:-1], MEASURING[:-3]):
        assert f"`{' -> '.join(', '.join(parts) for parts in chain)}`" in text


def test_what_reads_runs_imports_nothing_that_measures() -> None:
    imports = dependencies()
    reached = {name for name in imports if name != "bench" and part_of(name) in READERS}
    waiting = list(reached)
    while waiting:
        fresh = imports[waiting.pop()] - reached
        reached |= fresh
        waiting += fresh
    assert not sorted(name for name in reached - {"bench"} if part_of(name) in TOUCHING)
