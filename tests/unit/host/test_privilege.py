from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.host.privilege import require_bpf, require_privilege

Tree = Callable[[dict[str, str]], Path]


def status(capabilities: str) -> dict[str, str]:
    return {"proc/self/status": f"Name:\tbench\nCapEff:\t{capabilities}\n"}


def test_root_is_let_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    require_bpf()


@pytest.mark.parametrize("capabilities", ["0000008000000000", "0000000000200000"])
def test_so_is_who_has_the_capability(
    capabilities: str, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    require_privilege(tree(status(capabilities)))


def test_an_ordinary_user_is_named_and_told_what_to_do(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(BenchError, match=r"needs root .* this is user id 1000") as caught:
        require_bpf(tree(status("0000000000000400")))
    assert caught.value.remedy.startswith("Run it with sudo")


def test_clocks_of_another_time_are_refused_to_root_as_well(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(BenchError, match="time namespace"):
        require_bpf(tree({"proc/self/timens_offsets": "monotonic 5 0\nboottime 0 0\n"}))
