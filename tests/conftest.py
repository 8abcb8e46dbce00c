"""Which tests must run alone: `make test` runs all others side by side."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent
ALONE = ("kernel", "guest", "playbooks", "docs/test_docs_blocks.py", "docs/test_docs_fleet.py")
"""They measure, load BPF programs, emulate on all CPUs, mount, or change settings."""
BESIDE = (
    "playbooks/test_bench_playbook.py",
    "playbooks/test_input.py",
    "playbooks/test_kinds.py",
    "playbooks/test_load_role.py",
    "playbooks/test_makefile.py",
    "playbooks/test_matrix_role.py",
    "playbooks/test_roles.py",
)
"""Plays with a stand-in for bench, which change nothing on a provisioned host."""


def below(path: Path, names: tuple[str, ...]) -> bool:
    return any(path.is_relative_to(HERE / name) for name in names)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if below(item.path, ALONE) and not below(item.path, BESIDE):
            item.add_marker(pytest.mark.alone)
