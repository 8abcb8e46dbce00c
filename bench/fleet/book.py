"""The controller's record of a fleet run: when it begins, is continued, measured and finished.

The one place that decides it; the roles only ask. docs/decisions/0012 has the states as a table.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass as checked

from bench.errors import BenchError
from bench.fleet.model import State
from bench.fleet.read import FLEET_FILE, FleetFile, HostEntry, read_file, read_fleet
from bench.identity import identity
from bench.store import now_utc, write_atomically

FORMAT = 1


class Step(StrEnum):
    """How far a fleet run has come; each step is left in this order, and never gone back to."""

    MEASURING = "measuring"
    """A host of the inventory does not have all that it should have. It is continued."""
    MEASURED = "measured"
    """Every host has, and no report was made of it yet. It is only reported."""
    FINISHED = "finished"
    """It was reported. The next call begins another one."""


@checked(frozen=True, slots=True, kw_only=True)
class Question:
    """What is to be measured.

    Attributes:
        sweep: Name of a packaged sweep, or path of a file.
        sweep_sha256: Of the file; None for a packaged sweep.
        arguments: Further arguments of ``bench run``.
        new: Whether to begin a fleet run even if there is one to continue.
        hosts: Every host of the inventory, whatever the play is limited to.
        command: The command that goes on with it.
    """

    sweep: str
    sweep_sha256: str | None
    hosts: dict[str, HostEntry]
    arguments: tuple[str, ...] = ()
    new: bool = False
    command: str | None = None


QUESTION = TypeAdapter(Question)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A fleet run as the roles know it.

    Attributes:
        again: Hosts with trials that failed or were disturbed, which are measured once more.
    """

    fleet_id: str
    path: str
    step: Step
    again: tuple[str, ...] = field(default=())


def step_of(file: FleetFile) -> Step:
    """How far a fleet run has come."""
    if file.finished:
        return Step.FINISHED
    return Step.MEASURED if file.measured else Step.MEASURING


def begin(results: Path, asked: Question) -> Answer:
    """Continue the newest unfinished fleet run of the same sweep, hosts and code, or begin one.

    Raises:
        BenchError: The record cannot be written.
    """
    found = None if asked.new else next(_unfinished(results, asked), None)
    if found is None:
        name = Path(asked.sweep).stem
        found = FleetFile(
            format=FORMAT,
            fleet_id=_new_id(results, name),
            started=now_utc(),
            finished=None,
            sweep=name,
            sweep_sha256=asked.sweep_sha256,
            code=identity().source_hash,
            arguments=asked.arguments,
            hosts={},
        )
    hosts = {name: _known(entry, found.hosts.get(name)) for name, entry in asked.hosts.items()}
    folder = results / found.fleet_id
    answer = _write(folder, replace(found, hosts=hosts, command=asked.command))
    again = (host.name for host in read_fleet(folder).hosts if host.state is State.WITH_FAILURES)
    return replace(answer, again=tuple(again))


def note(folder: Path, troubles: Mapping[str, str]) -> Answer:
    """Write down what became of the hosts of a play; the word on all others stays.

    The fleet run is measured when no host of the inventory is in trouble, and the records of each
    are complete.

    Args:
        folder: Of the fleet run.
        troubles: What went wrong, by host; empty where nothing did.

    Raises:
        BenchError: The record cannot be read or written.
    """
    file = read_file(folder / FLEET_FILE)
    words = {n: replace(file.hosts[n], trouble=text or None) for n, text in troubles.items()}
    file = replace(file, hosts={**file.hosts, **words})
    complete = {host.name for host in read_fleet(folder).hosts if host.state is State.COMPLETE}
    if all(not entry.trouble and name in complete for name, entry in file.hosts.items()):
        file = replace(file, measured=file.measured or now_utc())
    return _write(folder, file)


def finish(folder: Path) -> Answer:
    """The report was made: a fleet run that is measured is finished.

    Raises:
        BenchError: The record cannot be read or written.
    """
    file = read_file(folder / FLEET_FILE)
    if step_of(file) is Step.MEASURED:
        file = replace(file, finished=now_utc())
    return _write(folder, file)


def _known(asked: HostEntry, known: HostEntry | None) -> HostEntry:
    """A host with the last word on it; one that the play leaves out comes without variables."""
    if known is None:
        return asked
    return replace(known, variables=asked.variables or known.variables)


def _unfinished(results: Path, asked: Question) -> Iterator[FleetFile]:
    """Fleet runs that measure what is asked for, newest first."""
    for path in sorted(results.glob(f"*/{FLEET_FILE}"), reverse=True):
        file = _readable(path)
        if file and step_of(file) is not Step.FINISHED and _same(file, asked):
            yield file


def _readable(path: Path) -> FleetFile | None:
    """A record; None for one of another version, which is not continued."""
    try:
        return read_file(path)
    except BenchError:
        return None


def _same(file: FleetFile, asked: Question) -> bool:
    return (
        (file.sweep, file.sweep_sha256) == (Path(asked.sweep).stem, asked.sweep_sha256)
        and file.arguments == asked.arguments
        and file.code == identity().source_hash
        and file.hosts.keys() == asked.hosts.keys()
    )


def _new_id(results: Path, sweep: str) -> str:
    base = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-fleet-{sweep}"
    taken = (f"{base}-{number}" for number in range(2, 1000))
    return next(name for name in (base, *taken) if not (results / name).exists())


def _write(folder: Path, file: FleetFile) -> Answer:
    content = json.dumps(asdict(file), indent=2) + "\n"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BenchError(f"cannot make {folder}: {error.strerror}") from error
    write_atomically(folder / FLEET_FILE, content.encode())
    return Answer(fleet_id=file.fleet_id, path=str(folder), step=step_of(file))
