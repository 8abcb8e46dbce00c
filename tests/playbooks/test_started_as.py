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
SECOND = 54_321
"""A user who has nothing to do with the one who ran all this before."""
AS_SECOND = (
    "setpriv", f"--reuid={SECOND}", f"--regid={SECOND}", "--clear-groups",
    "--bounding-set=-all", "--inh-caps=-all",
)  # fmt: skip
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


@pytest.fixture
def second_home() -> Iterator[Path]:
    """Home of the second user, with a clone that is theirs."""
    with tempfile.TemporaryDirectory(prefix="second-") as name:
        os.chown(name, SECOND, SECOND)
        words = [
            "git",
            "-c",
            "safe.directory=*",
            "clone",
            "--quiet",
            str(CHECKOUT),
            f"{name}/bench",
        ]
        subprocess.run([*AS_SECOND, *words], check=True, env=_of_second(Path(name)))
        yield Path(name)


def _of_second(home: Path) -> dict[str, str]:
    own = {"HOME": str(home), "USER": "second", "LOGNAME": "second"}
    return {key: text for key, text in os.environ.items() if not key.startswith("XDG_")} | own


def _tested(home: Path, *prefix: str, suite: str, **variables: str) -> None:
    done = subprocess.run(
        [*prefix, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", suite],
        cwd=home / "bench",
        env=_of_second(home) | variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def test_a_second_user_of_the_machine_finds_no_trace_of_the_first(second_home: Path) -> None:
    """Who ran it before left caches, locks and folders: without root all unit tests pass, too."""
    suites = SUITES.split()
    _tested(second_home, suite=suites[-1])  # Root was here.
    _tested(second_home, *AS_SECOND, suite=suites[0])
    _tested(second_home, suite=suites[-1], SUDO_USER="second", SUDO_UID=str(SECOND))
