from __future__ import annotations

import io
import os
import sys

import click
import pytest

from bench.cli.overload import confirmed
from bench.errors import UsageError

HOST = os.uname().nodename


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_name_of_this_host_is_enough() -> None:
    assert confirmed(HOST)


@pytest.mark.parametrize(("value", "seen"), [("", "nobody to ask"), ("other", "not this host")])
def test_without_a_terminal_the_name_must_be_given(
    value: str, seen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    with pytest.raises(UsageError, match=seen) as refused:
        confirmed(value)
    assert refused.value.remedy == f"Give --allow-overload={HOST}"


@pytest.mark.parametrize(("typed", "allowed"), [(HOST, True), ("y", False)])
def test_in_a_terminal_it_is_asked_for(
    typed: str, allowed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setattr(click, "prompt", lambda text, err: typed)
    if allowed:
        assert confirmed("")
    else:
        with pytest.raises(UsageError, match="'y' is not this host"):
            confirmed("")
