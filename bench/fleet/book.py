"""The controller's record of a fleet run: when it begins, is continued, measured and finished.

The one place that decides it; the roles only ask. docs/decisions/0012 has the states as a table.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import blake2b
from pathlib import Path
from socket import gethostname
from uuid import getnode

from bench.errors import BenchError
from bench.fleet.caller import lives
from bench.fleet.model import State
from bench.fleet.question import Question, newest_of
from bench.fleet.read import FLEET_FILE, FleetFile, HostEntry, Player, read_file, read_fleet
from bench.fleet.words import NO_RECORD
from bench.identity import identity
from bench.store import locked, make_folder, now_utc, write_atomically

FORMAT = 1


class Step(StrEnum):
    """How far a fleet run has come; each step is left in this order, and never gone back to."""

    MEASURING = "measuring"
    """A host of the inventory does not have all that it should have. It is continued."""
    MEASURED = "measured"
    """Every host has, and no report was made of it yet. It is only reported."""
    FINISHED = "finished"
    """It was reported. The next call begins another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A fleet run as the roles know it.

    Attributes:
        code: Identity of the code that measures; that of every host must be the same.
        again: Hosts with trials that failed or were disturbed, which are measured once more.
    """

    fleet_id: str
    path: str
    step: Step
    code: str | None
    again: tuple[str, ...] = field(default=())


def step_of(file: FleetFile) -> Step:
    """How far a fleet run has come."""
    if file.finished:
        return Step.FINISHED
    return Step.MEASURED if file.measured else Step.MEASURING


def begin(results: Path, asked: Question) -> Answer:
    """Continue the newest fleet run of the same kind, if it is not finished, or begin one.

    Raises:
        BenchError: The record cannot be written, or another play goes on with that fleet run.
    """
    with locked(results):
        newest = None if asked.new else newest_of(results, asked)
        goes_on = newest is not None and step_of(newest) is not Step.FINISHED
        found = newest if newest and goes_on else _new(results, asked)
        _refuse_two(found, asked.player)
        known = {name: _entry(name, asked, found.hosts.get(name)) for name in asked.hosts}
        folder = results / found.fleet_id
        answer = _write(
            folder, replace(found, hosts=known, command=asked.command, player=asked.player)
        )
    again = (host.name for host in read_fleet(folder).hosts if host.state is State.WITH_FAILURES)
    return replace(answer, again=tuple(again))


def note(folder: Path, troubles: Mapping[str, str]) -> Answer:
    """Write down what became of the hosts of a play; the word on all others stays.

    The fleet run is measured when no host of the inventory is in trouble, and the records of each
    are complete. That a host has none now is a trouble of its own, which stays until the next play:
    records that appear again later would make the judge find nothing wrong with a run that is not
    finished.

    Args:
        folder: Of the fleet run.
        troubles: What went wrong, by host; empty where nothing did.

    Raises:
        BenchError: The record cannot be read or written.
    """
    read_file(folder / FLEET_FILE)  # To lock a folder makes it: not where there is no fleet run.
    with locked(folder.parent):
        file = read_file(folder / FLEET_FILE)
        hosts = read_fleet(folder).hosts
        without = {host.name for host in hosts if not host.has_record}
        words = {
            name: replace(
                file.hosts[name], trouble=text or (NO_RECORD if name in without else None)
            )
            for name, text in troubles.items()
        }
        file = replace(file, hosts={**file.hosts, **words})
        complete = {host.name for host in hosts if host.state is State.COMPLETE}
        if all(not entry.trouble and name in complete for name, entry in file.hosts.items()):
            file = replace(file, measured=file.measured or now_utc())
        return _write(folder, file)


def finish(folder: Path) -> Answer:
    """The report was made: a fleet run that is measured is finished.

    Raises:
        BenchError: The record cannot be read or written.
    """
    read_file(folder / FLEET_FILE)  # To lock a folder makes it: not where there is no fleet run.
    with locked(folder.parent):
        file = read_file(folder / FLEET_FILE)
        if step_of(file) is Step.MEASURED:
            file = replace(file, finished=now_utc())
        return _write(folder, file)


def _entry(name: str, asked: Question, known: HostEntry | None) -> HostEntry:
    """A host with the last word on it; one that the play leaves out comes with nothing new."""
    now = asked.hosts[name]
    if known is not None:
        tuning = known.tuning if now.tuning is None else now.tuning
        now = replace(known, variables=now.variables or known.variables, tuning=tuning)
    played = asked.played is None or name in asked.played
    return replace(now, next=asked.limited) if played else now


def _refuse_two(file: FleetFile, player: Player | None) -> None:
    """Two plays of one fleet run would tune and restore its hosts under each other's hands."""
    other = file.player
    if other is not None and other != player and lives(other.pid, other.started):
        raise BenchError(
            f"process {other.pid} is playing fleet run {file.fleet_id}: {file.command}",
            remedy="Wait until it has ended, or begin another fleet run with -e fleet_new=true",
        )


def _new(results: Path, asked: Question) -> FleetFile:
    name = Path(asked.sweep).stem
    moment = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    try:
        folder = make_folder(results, f"{moment}-{_controller(results)}-fleet-{name}")
    except OSError as error:
        raise BenchError(f"cannot make a folder in {results}: {error.strerror}") from error
    return FleetFile(
        format=FORMAT,
        fleet_id=folder.name,
        started=now_utc(),
        finished=None,
        sweep=name,
        sweep_sha256=asked.sweep_sha256,
        code=identity().source_hash,
        arguments=asked.arguments,
        load=asked.load,
        hosts={},
    )


def _controller(results: Path) -> str:
    """Six digits for this folder on this host.

    By its fleet id a host knows whose it is: two controllers that begin within one second must
    not share one.
    """
    here = f"{gethostname()} {getnode()} {results.resolve()}"
    return blake2b(here.encode(), digest_size=3).hexdigest()


def _write(folder: Path, file: FleetFile) -> Answer:
    write_atomically(folder / FLEET_FILE, (json.dumps(asdict(file), indent=2) + "\n").encode())
    step = step_of(file)
    return Answer(fleet_id=file.fleet_id, path=str(folder), step=step, code=file.code)
