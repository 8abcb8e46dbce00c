"""What can happen to a fleet while it is played: each lasts as long as its block."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from errno import ENOSPC
from pathlib import Path
from random import Random

from tests.playbooks.lab import SUTS, Lab, PlayInProgress

MOMENTS = (
    r"Reach the host",
    r"Have a load host ready|Reach the load host",
    r"Start it in the background",
    r"trial 1 of",
    r"trial 3 of",
    r"Pack the run",
    r"Check it, and unpack it",
    r"Write down what became of the hosts",
    r"Have the tables made",
)
"""What a play prints when something happens to it."""
RESULTS = "var/lib/bpf-timer-bench/results"
"""Records of a system under test."""
SECOND, SECOND_TUNED = "second", "1"
"""What a second operator calls the same sweep, and has timer_migration set to."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A play in the lab, and whoever else is there.

    Attributes:
        host: The system under test that something happens to.
        folder: For whoever else plays.
        sweep: What is measured.
    """

    made: Lab
    play: PlayInProgress
    host: str
    folder: Path
    sweep: str

    def other(self) -> Lab:
        """The lab, for a second operator with results of its own."""
        return replace(self.made, results=self.folder)


Injection = Callable[[Scene], AbstractContextManager[None]]


@contextmanager
def cut_link(scene: Scene) -> Iterator[None]:
    """No word reaches a system any more, and none comes from it."""
    with _cut(scene, scene.host):
        yield


@contextmanager
def no_load_host(scene: Scene) -> Iterator[None]:
    """The load host is silent."""
    with _cut(scene, "load1"):
        yield


@contextmanager
def _cut(scene: Scene, host: str) -> Iterator[None]:
    scene.made.link(host, "down")
    try:
        yield
    finally:
        scene.made.link(host, "up")


@contextmanager
def killed_sshd(scene: Scene) -> Iterator[None]:
    """All sessions end, and nobody gets a new one."""
    scene.made.sshd(scene.host, "stop")
    try:
        yield
    finally:
        scene.made.sshd(scene.host, "start")


@contextmanager
def killed_controller(scene: Scene) -> Iterator[None]:
    """The play is gone, with all that belongs to it."""
    if scene.play.process.poll() is None:
        scene.play.kill()
    yield


@contextmanager
def full_controller(scene: Scene) -> Iterator[None]:
    """There is no room for what comes from a system."""
    folder = scene.made.fleets()[-1] / scene.host
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "full", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


@contextmanager
def second_operator(scene: Scene) -> Iterator[None]:
    """Somebody else wants to measure here, with other tuning."""
    mine = Path(scene.sweep)
    theirs = scene.folder / f"{SECOND}.yaml"
    theirs.write_text(mine.read_text().replace(f"name: {mine.stem}", f"name: {SECOND}"))
    scene.other().play("playbooks/run.yml", sweep=str(theirs), tune_timer_migration=SECOND_TUNED)
    yield


@contextmanager
def restored_meanwhile(scene: Scene) -> Iterator[None]:
    """Somebody else restores the fleet."""
    scene.other().play("playbooks/restore.yml")
    yield


@contextmanager
def forced_restore(scene: Scene) -> Iterator[None]:
    """Somebody restores the fleet although it measures."""
    scene.other().play("playbooks/restore.yml", fleet_force=True)
    yield


@contextmanager
def full_host(scene: Scene) -> Iterator[None]:
    """There is no room for a system's own records."""
    filler = scene.made.root(scene.host) / f"{RESULTS}/filler"
    try:
        with filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(64 << 10))
    except OSError as error:
        if error.errno != ENOSPC:
            raise
    try:
        yield
    finally:
        filler.unlink()


INJECTIONS: tuple[Injection, ...] = (
    killed_controller,
    cut_link,
    second_operator,
    no_load_host,
    full_controller,
    killed_sshd,
    restored_meanwhile,
    forced_restore,
    full_host,
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What happens, when, where, and for how long; all of it follows from a seed."""

    injection: Injection
    moment: str
    host: str
    seconds: float

    @classmethod
    def of(cls, seed: int) -> Plan:
        """Every injection comes once in as many seeds as there are of them."""
        random = Random(seed)
        return cls(
            injection=INJECTIONS[seed % len(INJECTIONS)],
            moment=random.choice(MOMENTS),
            host=random.choice(SUTS),
            seconds=random.uniform(0.5, 15.0),
        )

    def carry_out(self, scene: Scene) -> None:
        """Wait for the moment, let it happen, and end it again; a play may end before."""
        try:
            scene.play.wait_for(self.moment)
        except AssertionError:
            if scene.play.process.poll() is None:
                raise
        with self.injection(scene):
            end = time.monotonic() + self.seconds
            while time.monotonic() < end and scene.play.process.poll() is None:
                time.sleep(0.1)
