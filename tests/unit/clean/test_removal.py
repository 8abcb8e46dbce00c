from __future__ import annotations

import pytest

from bench.clean import removal
from bench.clean.leftover import Leftover


def fails() -> None:
    raise PermissionError(13, "Permission denied", "/run/netns/btb-7-0-c")


GONE = Leftover(kind="temporary folder", name="/tmp/bench-guest-7-x", pid=7, remove=lambda: None)
STAYS = Leftover(kind="network namespace", name="btb-7-0-c", pid=7, remove=fails)


def test_what_cannot_be_removed_is_kept_with_the_reason_and_the_rest_goes() -> None:
    gone, (kept,) = removal.removed([STAYS, GONE])
    assert gone == [GONE] and kept.leftover == STAYS and "Permission denied" in kept.why


def test_a_run_says_what_it_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removal, "found", lambda: [GONE, STAYS])
    lines: list[str] = []
    removal.clean_up(lines.append)
    assert lines[0].startswith("removed temporary folder /tmp/bench-guest-7-x of process 7")
    assert lines[1].startswith("cannot remove network namespace btb-7-0-c of process 7: [Errno 13]")
