"""The table of tests that must run alone, and what it spares each half."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.conftest import ALONE, BESIDE, HERE, alone, holds


def test_the_table_names_what_is_there() -> None:
    assert [path for path in (*ALONE, *BESIDE) if not path.exists()] == []


def test_what_measures_is_alone_and_what_only_calculates_is_not() -> None:
    assert alone(HERE / "kernel/limits/test_limits.py")
    assert alone(HERE / "playbooks/test_fleet.py")
    assert not alone(HERE / "playbooks/test_roles.py")
    assert not alone(HERE / "guest/test_guest_matrix.py"), "emulated, so no figure is asserted"
    assert not alone(HERE / "unit/test_abi.py")


@pytest.mark.parametrize(
    ("name", "alone_ones", "others"),
    [
        ("unit", False, True),
        ("kernel", True, False),
        ("playbooks", True, True),
        ("docs", True, True),
        ("docs/test_docs_pages.py", False, True),
        ("playbooks/test_roles.py", False, True),
    ],
)
def test_each_half_looks_where_it_may_find_something(
    name: str, alone_ones: bool, others: bool
) -> None:
    assert holds(HERE / name, alone_ones=True) is alone_ones
    assert holds(HERE / name, alone_ones=False) is others


def test_no_file_is_spared_by_both_halves() -> None:
    files = list(HERE.rglob("test_*.py"))
    assert files
    assert all(holds(file, alone_ones=alone(file)) for file in files)


def test_no_two_modules_of_a_folder_without_package_share_a_name() -> None:
    """pytest imports them by their bare name, and would collect one of them only."""
    bare = [path for path in HERE.rglob("test_*.py") if not (path.parent / "__init__.py").exists()]
    names = Counter(path.name for path in bare)
    assert [name for name, count in names.items() if count > 1] == []
