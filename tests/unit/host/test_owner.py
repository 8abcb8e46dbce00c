from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from bench.host.owner import lives, scratch, scratch_owner
from tests.dead import dead_pid


def test_who_lives_and_began_before_it_can_be_the_owner() -> None:
    assert lives(os.getpid(), time.time())


def test_a_dead_owner_does_not_live() -> None:
    assert not lives(dead_pid(), time.time())


def test_who_is_not_shown_in_proc_may_live(tmp_path: Path) -> None:
    """A container, or a host that hides processes of others."""
    assert lives(os.getpid(), time.time(), tmp_path)


def test_who_began_after_it_has_a_number_that_was_used_again() -> None:
    assert not lives(os.getpid(), time.time() - 86_400 * 365)


def test_a_folder_says_whose_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = scratch("guest")
    assert folder.parent == tmp_path and scratch_owner(folder.name) == os.getpid()
    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.parametrize(
    "name", ["bench-guest", "bench-guest-", "bench-x-y-z", "bench-guest-1-2-x", "other-1-2-3", ""]
)
def test_what_is_named_otherwise_is_not_ours(name: str) -> None:
    assert scratch_owner(name) is None
