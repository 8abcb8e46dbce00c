"""Clocks of a time namespace are refused; those of the host are not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.host.time_namespace import OFFSETS, offsets_s, require_clocks

Tree = Callable[[dict[str, str]], Path]


def test_the_host_s_own_clocks_are_let_through(tree: Tree) -> None:
    lines = "monotonic           0         0\nboottime            0         0\n"
    require_clocks(tree({OFFSETS: lines}))


def test_a_kernel_without_time_namespaces_has_one_clock(tree: Tree) -> None:
    assert not offsets_s(tree({"proc/uptime": "1"}))


def test_each_clock_that_differs_is_named(tree: Tree) -> None:
    lines = "monotonic    86400         0\nboottime      -7 500000000\n"
    with pytest.raises(BenchError, match=r"monotonic by \+86400 s and boottime by -6.5 s") as error:
        require_clocks(tree({OFFSETS: lines}))
    assert "nsenter" in error.value.remedy
