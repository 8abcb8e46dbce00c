"""The role matrix in its play, with a stand-in for the bench command."""

from __future__ import annotations

from pathlib import Path

from tests.playbooks.playing import Outcome, play

PLAYBOOK = "playbooks/matrix.yml"


def compared(tmp_path: Path, *, returncode: int, mode: str = "--skip-tags=provision") -> Outcome:
    """A play with a bench command that writes its arguments down and ends so."""
    command = tmp_path / "bench"
    command.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$@" >{tmp_path}/arguments\n'
        f"echo the table\necho 'error: guest panicked' >&2\nexit {returncode}\n"
    )
    command.chmod(0o755)
    return play(
        PLAYBOOK,
        mode=mode,
        matrix_bench_command=str(command),
        matrix_kernels=["debian:6.1", "host"],
        matrix_command="limits + demo",
        matrix_out_path=str(tmp_path / "table"),
    )


def test_bench_is_called_for_all_kernels_and_shown(tmp_path: Path) -> None:
    outcome = compared(tmp_path, returncode=0)
    assert outcome.returncode == 0, outcome.output
    assert outcome.changed == 1 and "the table" in outcome.output
    arguments = (tmp_path / "arguments").read_text().split()
    expected = f"matrix --timeout 900s --output {tmp_path}/table --kernel debian:6.1 --kernel host"
    assert arguments == [*expected.split(), "--", "limits", "+", "demo"]


def test_a_kernel_that_fails_fails_the_play_after_the_table_was_shown(tmp_path: Path) -> None:
    outcome = compared(tmp_path, returncode=4)
    assert outcome.returncode != 0
    assert "the table" in outcome.output
    said = "bench matrix ended with exit code 4 (a kernel without an answer). It said: error: guest"
    assert said in outcome.words
