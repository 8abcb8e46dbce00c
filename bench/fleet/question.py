"""What a play asks for, and which fleet run on the controller measures the same."""

from __future__ import annotations

from pathlib import Path

from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass

from bench.errors import BenchError
from bench.fleet.read import FLEET_FILE, FleetFile, HostEntry, Player, read_file
from bench.identity import identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is to be measured.

    Attributes:
        sweep: Name of a packaged sweep, or path of a file.
        sweep_sha256: Of the file; None for a packaged sweep.
        arguments: Further arguments of ``bench run``.
        new: Whether to begin a fleet run even if there is one to continue.
        hosts: Every host of the inventory, whatever the play is limited to.
        load: Every load host of the inventory; none if the load comes from the hosts themselves.
        played: Those hosts that the play is for; None = all of them.
        command: The command that goes on with all hosts; ``limited`` with those of the play, where
            that is another one.
        player: The process that plays it.
    """

    sweep: str
    sweep_sha256: str | None
    hosts: dict[str, HostEntry]
    arguments: tuple[str, ...] = ()
    new: bool = False
    load: tuple[str, ...] = ()
    played: tuple[str, ...] | None = None
    command: str | None = None
    limited: str | None = None
    player: Player | None = None


QUESTION = TypeAdapter(Question)


def newest_of(results: Path, asked: Question) -> FleetFile | None:
    """The fleet run that was begun last of those that measure what is asked for."""
    files = (_readable(path) for path in results.glob(f"*/{FLEET_FILE}"))
    alike = (file for file in files if file and same(file, asked))
    # Of those begun in the same second, the later one has the higher number.
    return max(
        alike, key=lambda file: (file.started, len(file.fleet_id), file.fleet_id), default=None
    )


def _readable(path: Path) -> FleetFile | None:
    """A record; None for one of another version, which is not continued."""
    try:
        return read_file(path)
    except BenchError:
        return None


def same(file: FleetFile, asked: Question) -> bool:
    """Whether a fleet run measures what is asked for, in the same way, with this code."""
    return (
        (file.sweep, file.sweep_sha256) == (Path(asked.sweep).stem, asked.sweep_sha256)
        and file.arguments == asked.arguments
        and file.code == identity().source_hash
        and file.load == asked.load
        and file.hosts.keys() == asked.hosts.keys()
        and all(_tuned_alike(file.hosts[name], entry) for name, entry in asked.hosts.items())
    )


def _tuned_alike(known: HostEntry, asked: HostEntry) -> bool:
    """Whether a host is tuned as before; one that a play leaves out is not tuned at all."""
    return None in (known.tuning, asked.tuning) or known.tuning == asked.tuning
