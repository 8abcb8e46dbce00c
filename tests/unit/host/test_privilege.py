from __future__ import annotations

import os

import pytest

from bench.errors import BenchError
from bench.host.privilege import require_bpf


def test_root_is_let_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    require_bpf()


def test_an_ordinary_user_is_named_and_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(BenchError, match=r"needs root .* this is user id 1000") as caught:
        require_bpf()
    assert caught.value.remedy == "Run it with sudo"
