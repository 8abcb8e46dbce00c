"""What a fleet report says of states and troubles: the same words for Markdown and page. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.fleet.model import Fleet, HostRun, State
from bench.record import Status
from bench.words.plurals import counted, plural

AGAIN = "run the same playbook again"
MOST_NAMES = 8
NO_RECORD = "it has no record"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What went wrong with one host, and what goes on.

    Attributes:
        command: A command, or empty where only the same playbook is known.
    """

    host: str
    text: str
    command: str

    @property
    def goes_on(self) -> str:
        """What to do, as a sentence without its full stop."""
        return f"To go on, {f'run: {self.command}' if self.command else AGAIN}"


def counts(fleet: Fleet) -> str:
    """``3 hosts: 2 complete, 1 nothing.``, or ``2 runs of 1 host: 2 complete.``"""
    states = [host.state for host in fleet.hosts]
    words = [f"{number} {state}" for state in reversed(State) if (number := states.count(state))]
    what = counted(len(states), fleet.each)
    of = f" of {counted(fleet.machines or 0, 'host')}" if fleet.each == "run" else ""
    return f"{what}{of}: {', '.join(words)}."


def verdict(fleet: Fleet) -> str:
    """The state of the whole in a sentence that names the hosts in the way."""
    if fleet.state is State.WITH_FAILURES:
        what = ", ".join(_wanting(fleet.hosts))
        return f"With failures: {what}, on {_lacking(fleet)}."
    if fleet.state in (State.PARTIAL, State.NOTHING):
        return f"{_VERDICTS[fleet.state]} Not complete: {_lacking(fleet)}."
    return _VERDICTS[fleet.state]


def troubles(fleet: Fleet) -> tuple[Trouble, ...]:
    """Hosts with a trouble, and those with trials to be measured, each with what goes on."""
    found = ((host, _trouble(host)) for host in fleet.hosts)
    return tuple(Trouble(h.name, text, h.remedy or fleet.command) for h, text in found if text)


def names_text(names: Sequence[str]) -> str:
    """``a, b and 3 more``."""
    more = len(names) - MOST_NAMES
    listed = ", ".join(names[:MOST_NAMES])
    return f"{listed} and {more} more" if more > 0 else listed


def _lacking(fleet: Fleet) -> str:
    lacking = [host for host in fleet.hosts if host.state is not State.COMPLETE]
    return names_text([f"{host.name} ({host.state})" for host in lacking])


def _wanting(hosts: Sequence[HostRun]) -> list[str]:
    """How many trials are to be measured once more, and why."""
    failed = sum(host.counts.get(Status.FAILED, 0) for host in hosts)
    disturbed = sum(host.disturbed for host in hosts)
    found = [f"{counted(failed, 'trial')} failed"] if failed else []
    if disturbed:
        were = plural(disturbed, "was", "were")
        found.append(f"{counted(disturbed, 'trial')} {were} disturbed from outside")
    return found


def _trouble(host: HostRun) -> str:
    """Its own trouble first, then what the records say."""
    words = [host.trouble.rstrip(".")] if host.trouble else []
    words += _wanting([host])
    if host.run_id is not None and host.missing:
        words.append(f"{host.missing} of {counted(host.planned, 'trial')} have no record")
    return f"{'; '.join(words)}." if words else ""


_VERDICTS = {
    State.COMPLETE: "Complete: every planned trial of every host was measured and judged.",
    State.PARTIAL: "Partial: planned trials have no record.",
    State.NOTHING: "Nothing: no host has a record.",
    State.NOT_MEASURED: "Not measured: no play has asked any of the hosts yet.",
}
