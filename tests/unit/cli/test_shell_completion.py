"""The lines that docs/shell-completion.md tells to write do what it says, in each shell here."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[3]
TEXT = (TOP / "docs" / "shell-completion.md").read_text(encoding="utf-8")
LINES = dict(re.findall(r"^- (bash|zsh|fish)\b.*: `([^`]+)`$", TEXT, re.M))
ASK = {
    "bash": "COMP_WORDS=(bench ru); COMP_CWORD=1; _bench_completion bench; echo ${COMPREPLY[@]}",
    "zsh": "print ${+functions[_bench_completion]} $_comps[bench]",
    "fish": "complete -C 'bench ru'",
}
"""What tells in a shell that a line worked."""
START = {
    "bash": ["bash", "--norc", "-c"],
    "zsh": ["zsh", "-f", "-c"],
    "fish": ["fish", "--no-config", "-c"],
}
BEFORE = {"zsh": "autoload -Uz compinit; compinit -D; "}
SEEN = {"bash": "run", "zsh": "1 _bench_completion", "fish": "run"}


def environment(**more: str) -> dict[str, str]:
    return {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": "/", **more}


def output(*command: str, **more: str) -> str:
    done = subprocess.run(
        command, env=environment(**more), capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout


def test_each_shell_has_a_line() -> None:
    assert set(LINES) == set(ASK)
    assert "docs/shell-completion.md" in (TOP / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("shell", [name for name in ASK if shutil.which(name)])
def test_the_line_gives_the_shell_its_completion(shell: str) -> None:
    script = f"{BEFORE.get(shell, '')}{LINES[shell]}; {ASK[shell]}"
    assert output(*START[shell], script).split("\t")[0].strip() == SEEN[shell]


@pytest.mark.parametrize("shell", ASK)
def test_the_tool_answers_what_each_shell_asks(shell: str) -> None:
    """Also for a shell that is not installed here."""
    assert f"_BENCH_COMPLETE={shell}_source bench" in LINES[shell]
    script = output("bench", _BENCH_COMPLETE=f"{shell}_source")
    assert "_bench_completion" in script
    word = "ru" if shell == "fish" else "1"
    answer = output(
        "bench", _BENCH_COMPLETE=f"{shell}_complete", COMP_WORDS="bench ru", COMP_CWORD=word
    )
    assert "run" in re.split(r"[,\s]+", answer)
