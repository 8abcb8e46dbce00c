"""Whoever runs a sweep file that overloads a host says which one."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import pytest

from bench.campaign import prepare
from bench.cli import overload
from bench.cli.overload_file import confirm_file
from bench.errors import UsageError
from bench.spec import Grid, Sweep

HERE = os.uname().nodename
BEYOND = Grid(program="resident", map_size=(1_000_000,), timeout=(1_000_000,), load=(0,))
"""A thousand million callbacks/s."""


@pytest.fixture(autouse=True)
def two_cpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare, "find_cpus", lambda: SimpleNamespace(usable=(0, 1)))


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A terminal in which that is typed."""

    def typed(text: str) -> None:
        stream = SimpleNamespace(isatty=lambda: True)
        monkeypatch.setattr(overload, "sys", SimpleNamespace(stdin=stream, stderr=stream))
        monkeypatch.setattr(overload.click, "prompt", lambda question, err: text)

    return typed


def test_a_file_that_overloads_this_host_asks_like_the_option(
    sweep: Sweep, terminal: Callable[[str], None]
) -> None:
    beyond = replace(sweep, cells=(BEYOND,), allow_overload=True)
    with pytest.raises(
        UsageError, match=r"allows overload .*1G callbacks/s.* which needs the name"
    ):
        confirm_file(beyond)
    terminal("another")
    with pytest.raises(UsageError, match="'another' is not this host"):
        confirm_file(beyond)
    terminal(HERE)
    confirm_file(beyond)


def test_a_file_that_overloads_nothing_here_asks_nothing(sweep: Sweep) -> None:
    confirm_file(replace(sweep, allow_overload=True))
    confirm_file(sweep)


def test_what_a_file_does_not_allow_is_refused_without_asking(
    sweep: Sweep, terminal: Callable[[str], None]
) -> None:
    terminal(HERE)
    with pytest.raises(UsageError, match="safety bound"):
        confirm_file(replace(sweep, cells=(BEYOND,)))
