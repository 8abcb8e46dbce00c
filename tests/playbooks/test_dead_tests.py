"""A lab whose tests were killed is taken down by the next ones, however far it had come.

Its name comes before those of tests that have the lab up: there can be one only.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.host.owner import scratch_prefix
from tests.orphans import MARK, end_processes
from tests.playbooks.lab import LAB, OWNER, SETTINGS, down, is_orphan, remove_orphan
from tests.running import running
from tests.waiting import wait_until

TUNED = Path("/proc/sys/kernel/timer_migration")
LONG_AGO = 1
"""Since then this process has not lived, nor has any other."""
SUITE = """
import sys
from pathlib import Path
from tests.orphans import mark
from tests.playbooks.lab import LAB, lab
mark()
with lab(LAB, Path(sys.argv[1])):
    pass
"""


@pytest.fixture
def unmade(provisioned: None) -> Iterator[None]:
    """Nobody has a lab here; nor does anybody afterwards."""
    if LAB.exists():
        pytest.fail("a lab is up already: `make lab-down`, then test again")
    yield
    if LAB.exists():
        down(LAB)


def made() -> list[str]:
    """Whatever a lab makes outside of its folder."""
    links = subprocess.run(["ip", "-br", "link"], capture_output=True, text=True, check=True)
    return [line for line in links.stdout.splitlines() if line.startswith("btlab")]


@pytest.mark.parametrize("reached", [OWNER, "id.pub", "base/upper"])
def test_a_lab_whose_tests_were_killed_is_taken_down(
    unmade: None, tmp_path: Path, reached: str
) -> None:
    own = {name: value for name, value in os.environ.items() if name != MARK}
    with running([sys.executable, "-c", SUITE, str(tmp_path)], env=own) as suite:
        wait_until(reached, lambda: (LAB / reached).exists() and (LAB / OWNER).read_text())
        assert not is_orphan(LAB)
        suite.kill()
        suite.wait()
        end_processes()
        remove_orphan(LAB)
    assert not LAB.exists() and not made()


@pytest.mark.parametrize(("began", "whose"), [(LONG_AGO, "dead tests"), (None, "a user")])
def test_what_its_hosts_were_tuned_to_is_put_back(
    unmade: None, began: int | None, whose: str
) -> None:
    """The hosts of a lab share this machine's kernel, and their notes are gone with them."""
    was = TUNED.read_text()
    LAB.mkdir(0o700)
    subprocess.run(["mount", "-t", "tmpfs", "lab", LAB], check=True)
    (LAB / SETTINGS).write_text(json.dumps({str(TUNED): was}))
    if began is not None:
        (LAB / OWNER).write_text(f"{scratch_prefix('tests')}{began}\n")
    TUNED.write_text("0" if was.strip() == "1" else "1")
    try:
        remove_orphan(LAB)
        back = TUNED.read_text() == was
    finally:
        TUNED.write_text(was)
    assert (back, LAB.exists()) == (began is not None, began is None), whose
