from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from bench.process import CommandError, run


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_standard_output_is_returned_and_only_it() -> None:
    code = "import sys; print('out'); print('err', file=sys.stderr)"
    assert run(python(code)) == "out\n"


def test_paths_are_words_of_a_command(tmp_path: Path) -> None:
    assert run(["ls", "-d", tmp_path]) == f"{tmp_path}\n"


def test_a_command_gets_nothing_of_what_is_typed() -> None:
    reader, writer = os.pipe()
    os.write(writer, b"typed")
    os.close(writer)
    before = os.dup(0)
    os.dup2(reader, 0)
    try:
        assert run(python("import sys; print(repr(sys.stdin.read()))")) == "''\n"
    finally:
        os.dup2(before, 0)
        os.close(before)
        os.close(reader)


def test_the_environment_can_be_given() -> None:
    assert run(["/usr/bin/env"], env={"ONLY": "this"}) == "ONLY=this\n"


def test_failure_carries_command_code_stdout_and_stderr() -> None:
    code = "import sys; print('said'); print('complained', file=sys.stderr); sys.exit(7)"
    with pytest.raises(CommandError, match="ended with code 7") as caught:
        run(python(code), remedy="Try again")
    error = caught.value
    assert error.remedy == "Try again"
    assert f"$ {sys.executable} -c 'import sys" in error.detail
    assert "stdout:\nsaid\n" in error.detail
    assert "stderr:\ncomplained\n" in error.detail


def test_a_signal_is_a_failure() -> None:
    with pytest.raises(CommandError, match="ended with code -9"):
        run(python("import os; os.kill(os.getpid(), 9)"))


def test_a_command_that_is_not_installed_is_named() -> None:
    with pytest.raises(CommandError, match="cannot start nosuch-tool: No such file") as caught:
        run(["nosuch-tool", "--version"], remedy="Install it")
    assert caught.value.remedy == "Install it"


def test_a_command_that_hangs_is_ended_and_named() -> None:
    with pytest.raises(CommandError, match=r"sleep 600 did not end within 0\.05 s"):
        run(["sleep", "600"], timeout_s=0.05)


def test_output_that_is_no_text_is_no_crash() -> None:
    with pytest.raises(CommandError) as caught:
        run(python("import os, sys; os.write(2, b'bad \\xff byte'); sys.exit(1)"))
    assert "bad \ufffd byte" in caught.value.detail
