"""A clean clone of the checkout, in which blocks of the documentation are typed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.docs.pages import REPOSITORY, Block

VENV = Path(sys.prefix)
LINKED = ("bin", "include", "lib", "lib64", "pyvenv.cfg")
SHELL = {"bash": ("bash", "-c"), "python": ("python", "-c")}
STRICT = """set -uo pipefail
trap 'code=$?; [[ " {codes} " == *" $code "* ]] || exit $code' ERR
"""
"""Stops at the first command that ends with a code that is not foreseen."""


@dataclass(frozen=True, slots=True)
class Typed:
    """How a block ended, and what it said."""

    returncode: int
    stdout: str
    output: str


@dataclass(frozen=True, slots=True)
class Checkout:
    """A clone with a venv, as a reader has it after ``make venv`` and ``activate``.

    Attributes:
        folder: Where it is.
        programs: A folder whose programs come first.
    """

    folder: Path
    programs: Path | None = None

    def environment(self) -> dict[str, str]:
        """That of a shell in which the venv is active; what this test run was told is left out."""
        told = ("ANSIBLE_", "BENCH_", "COLUMNS", "MAKE", "MFLAGS", "PYTEST_", "TESTS", "SWEEP")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(told)}
        first = f"{self.programs}:" if self.programs else ""
        path = f"{first}{self.folder / '.venv/bin'}:{kept['PATH']}"
        # The linked venv would import the code of the checkout that it was made for.
        return kept | {"PATH": path, "PYTHONPATH": str(self.folder), "LC_ALL": "C.UTF-8"}

    def type(self, text: str, language: str = "bash", codes: tuple[int, ...] = (0,)) -> Typed:
        """Type a text in the clone's folder, and wait until it is done."""
        if language == "bash":
            text = STRICT.format(codes=" ".join(map(str, codes))) + text
        done = subprocess.run(
            [*SHELL[language], text],
            cwd=self.folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        return Typed(done.returncode, done.stdout, done.stdout + done.stderr)

    def run(self, block: Block) -> Typed:
        """Type a block as it is printed."""
        return self.type(block.text, block.language, block.directive.codes)

    def dirt(self) -> str:
        """What git finds changed or unknown.

        A report of a published run counts only as far as it is new: ``bench report`` makes it
        again in the words of today, and what was published keeps those of its day.
        """
        lines = git(self.folder, "status", "--porcelain").splitlines()
        return "\n".join(line for line in lines if not line.startswith(" M results/"))


def git(folder: Path, *words: str | Path) -> str:
    """What git prints about a folder."""
    command = ["git", "-C", folder, *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def clone(folder: Path, *, fresh: bool = False) -> Checkout:
    """Clone this checkout with what is not committed yet; unless fresh, link its venv."""
    git(REPOSITORY, "clone", "--quiet", REPOSITORY, folder)
    _take_over_changes(folder)
    if fresh:
        return Checkout(folder)
    venv = folder / ".venv"
    venv.mkdir()
    for name in LINKED:
        (venv / name).symlink_to(VENV / name)
    (venv / ".installed").touch()
    return Checkout(folder)


def _take_over_changes(folder: Path) -> None:
    listed = git(REPOSITORY, "ls-files", "-z", "--modified", "--others", "--exclude-standard")
    for name in filter(None, listed.split("\0")):
        if (REPOSITORY / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, folder / name, follow_symlinks=False)
        else:
            (folder / name).unlink()
    if git(folder, "status", "--porcelain"):
        git(folder, "add", "--all")
        author = ("-c", "user.name=test", "-c", "user.email=test@localhost")
        git(folder, *author, "commit", "--quiet", "--no-verify", "--message", "Not committed yet")
