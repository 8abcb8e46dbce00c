"""One fault, at a random moment of one run, and what must hold afterwards."""

from __future__ import annotations

import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from bench.store import RunFolder
from tests.faults.kinds import ENDED_BY_USER, FAULTS, KILLED
from tests.faults.place import BENCH, Place, disk, started
from tests.faults.programs import words
from tests.kernel.leftovers import kernel_state, left_behind
from tests.running import ended

EARLIEST_S, LATEST_S = 0.2, 4.5
"""From before the set-up until after most runs' last trial."""
END_S = 60.0
PATIENCE_S = 4.0
"""For what a fault hits to be there."""
GONE_S = 10.0
TOOLS = ("Traceback", "bug in bench", "[Errno", "Exception ignored")


@dataclass
class Outcome:
    """What came of it.

    Attributes:
        hit: The run was there, and so was what the fault hits.
        problems: What must hold and does not.
        said: The end of what it printed.
    """

    program: str
    fault: str
    moment_s: float
    hit: bool = False
    code: int | None = None
    problems: list[str] = field(default_factory=list)
    said: str = ""

    def __str__(self) -> str:
        """One line for each problem."""
        at = f"{self.fault} at {self.moment_s:.2f} s of {self.program} (exit {self.code})"
        return "\n".join(f"{at}: {problem}" for problem in self.problems)


def injected(program: str, fault: str, random: Random) -> Outcome:
    """Inject a fault into a run of a program."""
    outcome = Outcome(program, fault, random.uniform(EARLIEST_S, LATEST_S))
    with tempfile.TemporaryDirectory(prefix="faults-") as name, disk(Path(name)):
        before = kernel_state()
        with started(Path(name), words(program)) as place:
            time.sleep(outcome.moment_s)
            place.begun = place.lines()
            outcome.hit = _hit(place, fault)
            said, _ = ended(place.process, seconds=END_S)
        outcome.code, outcome.said = place.process.returncode, said[-2_000:]
        if fault in KILLED:
            _clean(outcome)
        subprocess.run(["mount", "-o", "remount,rw", str(place.results)], check=True)
        outcome.problems += [*place.others, *_left(before), *_lost(place), *_unsaid(outcome, place)]
    return outcome


def _hit(place: Place, fault: str) -> bool:
    """Inject as soon as there is something to hit: maps and interfaces come and go."""
    end = time.monotonic() + PATIENCE_S
    while place.process.poll() is None and time.monotonic() < end:
        if FAULTS[fault](place):
            return True
        if place.others:
            return False
        time.sleep(0.02)
    return False


def _clean(outcome: Outcome) -> None:
    done = subprocess.run([*BENCH, "clean"], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        outcome.problems.append(f"bench clean ended with {done.returncode}: {done.stderr}")


def _left(before: dict[str, object]) -> list[str]:
    """What is still there a while after the end: the kernel frees some things late."""
    end = time.monotonic() + GONE_S
    while (left := left_behind(before, kernel_state())) and time.monotonic() < end:
        time.sleep(0.1)
    return [f"left behind: {name}: {what!r:.300}" for name, what in left.items()]


def _lost(place: Place) -> list[str]:
    """Records of finished trials stay as they were, and all that is there can be read."""
    problems = []
    after = place.lines()
    if after[: len(place.begun)] != place.begun:
        problems.append(f"{len(place.begun)} records before, now other ones ({len(after)})")
    for folder in place.results.glob("*/run.json"):
        try:
            RunFolder.open(folder.parent).read()
        except Exception as error:
            problems.append(f"its records cannot be read: {error}")
    return problems


def _unsaid(outcome: Outcome, place: Place) -> list[str]:
    """An end that nobody can understand."""
    code, said = outcome.code, outcome.said
    problems = [f"it printed {tool}: {said[-600:]}" for tool in TOOLS if tool in said]
    if outcome.fault in KILLED and outcome.hit and code == -signal.SIGKILL:
        if outcome.fault == "memory limit" and "the kernel killed bench" not in said:
            problems.append(f"nobody names the limit: {said[-300:]}")
        return problems
    if code not in (0, 4, 130):
        problems.append(f"exit code {code}: {said[-300:]}")
    if outcome.hit and outcome.fault in ENDED_BY_USER and code not in (130, 0):
        problems.append(f"a user's end is exit code {code}: {said[-300:]}")
    if code == 4 and "error: " not in said and not place.explanations():
        problems.append(f"no sentence says why: {said[-300:]}")
    return problems
