"""A run begins only on a host that is as whoever started it left it."""

from __future__ import annotations

import pytest

from bench.errors import BenchError
from bench.host.promise import VERIFY, verify_promise


def test_nothing_was_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VERIFY, raising=False)
    verify_promise()
    monkeypatch.setenv(VERIFY, "")
    verify_promise()


def test_a_promise_that_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VERIFY, "true 'and more'")
    verify_promise()


def test_a_promise_that_is_broken_is_told_as_the_command_tells_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(VERIFY, "sh -c 'echo timer_migration was put back; exit 1'")
    with pytest.raises(BenchError, match="Run the same playbook again") as raised:
        verify_promise()
    assert "timer_migration was put back" in raised.value.detail
