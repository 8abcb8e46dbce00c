"""The tests themselves are green however they are started: nightly, each way all unit tests."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = [pytest.mark.nightly, pytest.mark.timeout(1_800)]
CHECKOUT = Path(__file__).resolve().parents[2]
SUITES = os.environ.get("STARTED_SUITES", "tests/unit tests/kernel/host/test_traffic_in_kernel.py")


@dataclass(frozen=True)
class Way:
    """How tests are started.

    Attributes:
        prefix: Words before the command.
        variables: Of the environment; None removes one.
    """

    prefix: tuple[str, ...] = ()
    variables: tuple[tuple[str, str | None], ...] = ()


SHELL = ("sh", "-c")
WAYS = {
    "by nohup": Way(("nohup",)),
    "in a background job": Way((*SHELL, '"$@" & wait $!', "sh")),
    "without a terminal": Way(("setsid", *SHELL, 'exec "$@" <&-', "sh")),
    "on a dumb terminal": Way(variables=(("TERM", "dumb"),)),
    "in locale C": Way(variables=(("LANG", "C"), ("LC_ALL", "C"))),
    "in a UTF-8 locale": Way(variables=(("LANG", "C.UTF-8"), ("LC_ALL", "C.UTF-8"))),
    "with umask 077": Way((*SHELL, 'umask 077; exec "$@"', "sh")),
    "without a home": Way(variables=(("HOME", None),)),
}


@pytest.fixture(scope="module")
def clone() -> Iterator[Path]:
    """A checkout whose path has a space, below a folder that nobody else may enter."""
    with tempfile.TemporaryDirectory(prefix="started as ") as name:
        Path(name).chmod(0o700)
        made = Path(name, "a checkout")
        words = ["git", "clone", "--quiet", "--shared", str(CHECKOUT), str(made)]
        subprocess.run(words, check=True)
        yield made


@pytest.mark.parametrize("way", WAYS.values(), ids=list(WAYS))
def test_tests_are_green_however_they_are_started(way: Way, clone: Path) -> None:
    changed = dict(way.variables)
    kept = {name: value for name, value in os.environ.items() if name not in changed}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *SUITES.split()]
    done = subprocess.run(
        [*way.prefix, *command],
        cwd=clone,
        env=kept | {name: value for name, value in changed.items() if value is not None},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
