"""Files of a fleet run to its value: a folder with ``fleet.json``, or several run folders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from bench.errors import BenchError, explained, quoted
from bench.fleet.model import Fleet, HostRun
from bench.fleet.reduce import host_run
from bench.store import RunFolder
from bench.words.plurals import counted

FLEET_FILE = "fleet.json"
UNPACKING = ".unpacking-"
"""A host's folder that begins so holds what is being unpacked."""
BEFORE = ".before"
"""There, the copy of a run that gives way to the new one."""
KNOWN_FORMATS = (1,)
LONGEST_NAME = 255
"""Bytes of a file's name."""
OPEN = ConfigDict(extra="ignore")


@dataclass(frozen=True, slots=True, kw_only=True, config=OPEN)
class HostEntry:
    """A host of the inventory, as the controller knows it.

    Attributes:
        variables: Inventory variables that were kept.
        trouble: What went wrong with it; None when nothing did.
        next: The command that goes on with it, where it is not the fleet's.
        tuning: What is set on it for measuring, by variable of the role; None where no play was
            for it yet.
    """

    variables: dict[str, Any] = Field(default_factory=dict)
    trouble: str | None = None
    next: str | None = None
    tuning: dict[str, str] | None = None


@dataclass(frozen=True, slots=True, config=OPEN)
class Player:
    """The process that plays a fleet run, or did so last.

    Attributes:
        started: When it began, in ticks after boot: no later process with that id did.
    """

    pid: int
    started: int


@dataclass(frozen=True, slots=True, kw_only=True, config=OPEN)
class FleetFile:
    """``fleet.json``, which ``bench.fleet.book`` writes for the playbooks.

    Attributes:
        measured: When every host had all that it should have; None before.
        finished: When that was reported as well; None before.
        sweep_sha256: Of the sweep's file; None for a packaged sweep.
        code: Identity of the code that measures, a hash of its sources.
        arguments: Further arguments of ``bench run``.
        command: The command that goes on with the fleet run.
        load: The inventory's load hosts.
        player: Who plays it, while that process lives.
    """

    format: int
    fleet_id: str
    started: str
    finished: str | None
    sweep: str
    hosts: dict[str, HostEntry]
    command: str | None = None
    measured: str | None = None
    sweep_sha256: str | None = None
    code: str | None = None
    arguments: tuple[str, ...] = ()
    load: tuple[str, ...] = ()
    player: Player | None = None


FILE = TypeAdapter(FleetFile)


def is_fleet(path: Path) -> bool:
    """Whether a folder is that of a fleet run."""
    return (path / FLEET_FILE).is_file()


def read_fleet(path: Path) -> Fleet:
    """The fleet run in a folder; hosts without a run are in it too.

    Raises:
        BenchError: A file is corrupted.
    """
    entries = read_file(path / FLEET_FILE)
    hosts, warnings = [], []
    for name, entry in entries.hosts.items():
        folders = _runs_of(path, name)
        host = HostRun(
            name=name,
            variables={key: str(value) for key, value in entry.variables.items()},
            trouble=entry.trouble or "",
            remedy=entry.next or "",
        )
        if folders:
            host, found = _with_run(folders[-1], host)
            warnings += found
        hosts.append(host)
    return Fleet(
        name=entries.fleet_id,
        hosts=tuple(hosts),
        warnings=tuple(warnings),
        sweep=entries.sweep,
        started=entries.started,
        finished=entries.finished or "",
        command=entries.command or "",
    )


def host_runs(path: Path) -> dict[str, Path | None]:
    """Folder of the latest run of each host of a fleet run; None where it has none.

    Raises:
        BenchError: ``fleet.json`` is corrupted.
    """
    found = {name: _runs_of(path, name) for name in read_file(path / FLEET_FILE).hosts}
    return {name: folders[-1] if folders else None for name, folders in found.items()}


def _runs_of(path: Path, host: str) -> list[Path]:
    """Run folders of one host, latest last; one set aside if nothing is in its place."""
    found = {
        file.parent.name: file.parent
        for where in (f"{UNPACKING}*/{BEFORE}/*", "*")
        for file in (path / host).glob(f"{where}/run.json")
    }
    return [found[name] for name in sorted(found)]


def fleet_of_runs(paths: Sequence[Path]) -> Fleet:
    """Several runs as a fleet; a host with more than one of them is named by run id.

    Raises:
        UsageError: There is no run at a path.
        BenchError: A file is corrupted.
    """
    folders = [RunFolder.open(path) for path in paths]
    names = [str(folder.header.host.get("hostname") or folder.header.run_id) for folder in folders]
    often = {name for name, count in Counter(names).items() if count > 1}
    hosts, warnings = [], []
    for name, folder in zip(names, folders, strict=True):
        shown = folder.header.run_id if name in often else name
        host, found = _with_run(folder.path, HostRun(name=shown))
        hosts.append(host)
        warnings += found
    return Fleet(
        name=counted(len(folders), "run"),
        hosts=tuple(hosts),
        warnings=tuple(warnings),
        machines=len(set(names)),
    )


def _with_run(path: Path, host: HostRun) -> tuple[HostRun, list[str]]:
    folder = RunFolder.open(path)
    trials = folder.read()
    found = host_run(
        host.name, folder.header, trials.latest, variables=host.variables, trouble=host.trouble
    )
    return replace(found, remedy=host.remedy, folder=path), trials.warnings


def read_file(path: Path) -> FleetFile:
    """A file ``fleet.json``.

    Raises:
        BenchError: It cannot be read, or is corrupted.
    """
    try:
        with explained(f"read {path}", remedy="Collect the runs of the fleet again"):
            found = FILE.validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        raise BenchError(
            f"{path} is corrupted: {key}: {first['msg']}",
            remedy="Run the playbook again: it writes the file anew",
        ) from error
    lies = [name for name in found.hosts if not _is_name(name)]
    if lies:
        raise BenchError(
            f"{path} has a host {quoted(lies[0])}, which no folder can have as its name",
            remedy="Give that host another name in the inventory, and start a new fleet run",
        )
    if found.format not in KNOWN_FORMATS:
        known = ", ".join(map(str, KNOWN_FORMATS))
        problem = f"{path} has format {found.format}, known are: {known}"
        raise BenchError(problem, remedy="Use a version of bench that knows this format")
    return found


def _is_name(host: str) -> bool:
    """Whether a file can have this name, in the folder where it is asked for."""
    plain = PurePath(host).name == host and host not in ("", "..") and "\0" not in host
    return plain and len(host.encode("utf-8", "replace")) <= LONGEST_NAME
