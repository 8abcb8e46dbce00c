"""tests/repeats.py: what was run again is named, and few may be."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.repeats import MOST

ROOT = Path(__file__).resolve().parents[2]
AT_FIRST = """
import pytest

seen = set()

@pytest.mark.parametrize("number", range({tests}))
def test_fails(number):
    again = number in seen
    seen.add(number)
    assert again and not {always}
"""


def run(folder: Path, tests: int, *, always: bool = False) -> tuple[int, str]:
    """The exit code and the output of tests that fail at first, or always."""
    module = folder / "test_made.py"
    module.write_text(AT_FIRST.format(tests=tests, always=always))
    options = ["-p", "tests.repeats", "-p", "no:cacheprovider", "--reruns", "1"]
    # A configuration of its own: that of this project asks for its markers and paths.
    (folder / "pytest.ini").write_text("[pytest]")
    command = [sys.executable, "-m", "pytest", *options, "-c", str(folder / "pytest.ini"), module]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_a_test_that_passes_when_run_again_is_named(tmp_path: Path) -> None:
    code, output = run(tmp_path, 1)
    assert code == pytest.ExitCode.OK
    assert "failed at first, and run again" in output
    assert output.count("test_made.py::test_fails[0]") == 1


def test_what_fails_twice_has_failed(tmp_path: Path) -> None:
    code, output = run(tmp_path, 1, always=True)
    assert code == pytest.ExitCode.TESTS_FAILED
    assert "1 failed" in output


@pytest.mark.parametrize(("tests", "code"), [(MOST, 0), (MOST + 1, 1)])
def test_many_that_were_run_again_fail_the_session(tmp_path: Path, tests: int, code: int) -> None:
    assert run(tmp_path, tests)[0] == code


def test_without_any_nothing_is_said(tmp_path: Path) -> None:
    assert "at first" not in run(tmp_path, 0)[1]
