"""The capabilities that docs/security.md names suffice instead of root: each row is tried."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.cli.main import COMMANDS
from bench.installation import cache_dir

ROOT = Path(__file__).parents[3]
NOBODY = 65_534
ROW = re.compile(r"^\| `bench ([^`]+)` \| (none|(?:`[a-z_]+`(?:, )?)+) \|", re.MULTILINE)
(RUN, *_) = sorted(ROOT.glob("results/*-vm-connections"))
GUESTS = ("matrix", "instructions")
KERNELS = ("apt/amd64/lists", "kernels/linux-image-6.1*")
"""What of the cache they would fetch otherwise."""
SHORT = {"--duration": "300ms", "--warmup": "50ms", "--max-steal": "1"}
ONCE = {"--repeat": "1", "--controls": "none", "--observer": "procfs"}
MEASURING = {"run": SHORT | ONCE, "ab": SHORT, "capacity": SHORT}
ANSWERED = {
    "watch": (0, 4),
    "timers": (0, 4),
    "ab": (0, 1, 4),
    "capacity": (0, 1, 4),
    "compare": (4,),
    "clean": (0, 1),
    "matrix": (0, 1),
}
"""Where there are no timers, these have looked and found none; a machine may be too busy for a
verdict; a run is no answer to itself.
"""


def rows() -> list[tuple[str, tuple[str, ...]]]:
    """Command and capabilities of each row of the page."""
    text = (ROOT / "docs/security.md").read_text()
    return [
        (command, tuple(name for name in re.findall(r"[a-z_]+", caps) if name != "none"))
        for command, caps in ROW.findall(text)
    ]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder of nobody's, which nobody can reach."""
    made = Path(tempfile.mkdtemp(prefix="capabilities-"))
    os.chown(made, NOBODY, NOBODY)
    yield made
    shutil.rmtree(made)


def user() -> int:
    """Nobody; root without its powers where nobody may not read the checkout."""
    look = ["setpriv", f"--reuid={NOBODY}", "--clear-groups", "test", "-r", str(ROOT / "Makefile")]
    return 0 if subprocess.run(look, check=False).returncode else NOBODY


def _prepared(folder: Path, *, kernels: bool) -> None:
    """A run of the user's own and, not to fetch them again, Debian's kernels."""
    shutil.copytree(RUN, folder / RUN.name)
    cache = folder / "cache/bpf-timer-bench"
    for each in KERNELS if kernels else ():
        for found in cache_dir().glob(each):
            target = cache / found.relative_to(cache_dir())
            shutil.copytree(found, target, symlinks=True)
    who = str(user())
    subprocess.run(["chown", "--recursive", f"{who}:{who}", str(folder)], check=True)


def tried(command: str, capabilities: tuple[str, ...], folder: Path) -> tuple[int, str]:
    """Exit code and output of a command as a user with these capabilities alone."""
    words = shlex.split(command.replace("DIR", str(folder)).replace("RUN", str(folder / RUN.name)))
    _prepared(folder, kernels=words[0] in GUESTS)
    if words[0] in MEASURING:
        words += ["--results", str(folder / "results")]
        words += [word for pair in MEASURING[words[0]].items() for word in pair]
    only = ",".join(["-all", *(f"+{name}" for name in capabilities)])
    sets = [f"--{kind}={only}" for kind in ("inh-caps", "ambient-caps", "bounding-set")]
    who = (f"--reuid={user()}", f"--regid={user()}", "--clear-groups")
    done = subprocess.run(
        ["setpriv", *who, *sets, sys.executable, "-m", "bench", *words],
        cwd=ROOT,
        env={**os.environ, "HOME": str(folder), "XDG_CACHE_HOME": str(folder / "cache")},
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    return done.returncode, done.stdout[-1500:] + done.stderr[-1500:]


def test_the_page_has_each_program_and_command() -> None:
    said = " ".join(command for command, _ in rows())
    for word in ("resident", "tcp", "xdp_gc", "xdp_health", "sampler", "churn"):
        assert word in said
    missing = set(COMMANDS) - {command.split()[0] for command, _ in rows()}
    assert missing == {"fleet"}, "which only playbooks call"


def test_the_first_row_suffices(folder: Path) -> None:
    command, capabilities = rows()[0]
    code, said = tried(command, capabilities, folder)
    assert code == 0, said


@pytest.mark.nightly
@pytest.mark.parametrize(("command", "capabilities"), rows()[1:], ids=lambda row: str(row))
def test_each_other_row_suffices(command: str, capabilities: tuple[str, ...], folder: Path) -> None:
    code, said = tried(command, capabilities, folder)
    assert code in ANSWERED.get(command.split()[0], (0,)), said


def test_without_any_of_them_it_is_refused_in_a_sentence(folder: Path) -> None:
    code, said = tried(rows()[0][0], ("net_raw",), folder)
    assert code == 4 and "error: " in said and "Traceback" not in said
