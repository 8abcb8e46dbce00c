"""``bench fleet``: what the roles of the playbooks ask on the controller. Not for people."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from pydantic import TypeAdapter, ValidationError

from bench.cli.console import print_json
from bench.cli.renamed import SWEEPS, Renaming
from bench.cli.run_options import run_options
from bench.errors import UsageError
from bench.exits import Exit
from bench.fleet.archive import take
from bench.fleet.asked import asked_sweep
from bench.fleet.book import Answer, begin, finish, note
from bench.fleet.caller import caller
from bench.fleet.going_on import going_on
from bench.fleet.judge import complaints
from bench.fleet.question import QUESTION
from bench.fleet.read import fleet_of_runs, is_fleet, read_fleet
from bench.watch.hosts import read_hosts, report

FOLDER = click.Path(path_type=Path)
TROUBLES = TypeAdapter(dict[str, str])


@click.group(hidden=True)
def fleet() -> None:
    """Keep the controller's record of a fleet run; each answer is one JSON document."""


@fleet.command("sweep")
@click.argument("source")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.option("--from", "folder", type=FOLDER, default=Path())
def sweep_command(*, source: str, arguments: tuple[str, ...], folder: Path) -> None:
    """Judge a sweep and what else ``bench run`` is given, and say where the sweep is."""
    asked = asked_sweep(source, folder.resolve())
    with _run.make_context("run", ["--sweep", asked.sweep, *arguments]):
        print_json(asdict(asked))


@click.command("run", cls=Renaming, was=SWEEPS)
@run_options
def _run(**given: Any) -> None:
    """What the hosts will be given; on the controller it is only judged."""


@fleet.command("begin")
@click.argument("results", type=FOLDER)
def begin_command(*, results: Path) -> None:
    """Begin or continue a fleet run; the question is JSON on standard input."""
    document = _caller_words() | _question(lambda text: text)
    sweep = asked_sweep(document["sweep"], Path.cwd())
    document |= {"sweep": sweep.sweep, "sweep_sha256": sweep.sha256}
    _show(begin(results, QUESTION.validate_python(document)))


@fleet.command("note")
@click.argument("folder", type=FOLDER)
def note_command(*, folder: Path) -> None:
    """Write down what became of hosts: troubles by host, JSON on standard input."""
    _show(note(folder, _question(TROUBLES.validate_python)))


@fleet.command("finish")
@click.argument("folder", type=FOLDER)
def finish_command(*, folder: Path) -> None:
    """The report was made."""
    _show(finish(folder))


@fleet.command("take")
@click.argument("archive", type=FOLDER)
@click.argument("folder", type=FOLDER)
@click.option("--size", "size_bytes", type=int, required=True)
@click.option("--sha256", required=True)
def take_command(*, archive: Path, folder: Path, size_bytes: int, sha256: str) -> None:
    """Check an archive of a run, and unpack it into a host's folder."""
    print_json({"path": str(take(archive, folder, size_bytes=size_bytes, sha256=sha256))})


@fleet.command("judge")
@click.argument("folder", type=FOLDER)
@click.argument("hosts", nargs=-1)
def judge_command(*, folder: Path, hosts: tuple[str, ...]) -> None:
    """Say which of these hosts is not well, and what goes on; without any, judge all.

    A run that is no part of a fleet run is judged whatever its host is called.
    """
    found = read_fleet(folder) if is_fleet(folder) else fleet_of_runs([folder])
    named = hosts if is_fleet(folder) else ()
    played = named or tuple(host.name for host in found.hosts)
    print_json({"complaints": complaints(found, played)})


@fleet.command("watched")
@click.argument("folder", type=FOLDER)
@click.argument("hosts", nargs=-1)
def watched_command(*, folder: Path, hosts: tuple[str, ...]) -> int:
    """Put answers of ``bench watch --json``, FOLDER/HOST.json, side by side."""
    found = read_hosts(folder, hosts)
    if not found:
        remedy = "Make some with: ansible-playbook playbooks/watch.yml"
        raise UsageError(f"{folder} has no answer of bench watch", remedy=remedy)
    click.echo(report(found), nl=False)
    lacking = [host.name for host in found if host.document is None]
    if lacking:
        click.echo(f"error: no answer of {', '.join(lacking)}", err=True)
    return Exit.UNANSWERED if lacking else Exit.GOOD


def _caller_words() -> dict[str, Any]:
    """Who plays, and the commands that go on with it: with all hosts, and with its own."""
    play = caller("ansible-playbook")
    if play is None:
        return {}
    everywhere, own = (going_on(play.words, play.folder, limited=each) for each in (False, True))
    return {
        "player": {"pid": play.pid, "started": play.started},
        "command": everywhere,
        "limited": own if own != everywhere else None,
    }


def _show(answer: Answer) -> None:
    print_json(asdict(answer))


def _question(checked: Callable[[Any], Any]) -> Any:
    text = sys.stdin.read()
    try:
        return checked(TypeAdapter(dict[str, Any]).validate_json(text))
    except ValidationError as error:
        raise UsageError(f"the question is not understood: {error.errors()[0]['msg']}") from error
