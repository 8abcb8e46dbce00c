"""The commands that a matrix runs on each kernel, as the user wrote them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bench.errors import UsageError, quoted

AND = "+"
NMI_WAIT = "120s"
"""For a guest whose CPUs are emulated and shared: it ends as soon as the NMI came."""
_SEND, _WAIT = "--send-nmi", "--wait-nmi"


class Verb(StrEnum):
    """Commands whose answers can be put side by side."""

    LIMITS = "limits"
    DEMO = "demo"
    RUN = "run"


@dataclass(frozen=True, slots=True)
class Command:
    """One command of bench.

    Attributes:
        words: Its options.
        number: Which of the commands with this verb it is.
    """

    verb: Verb
    words: tuple[str, ...] = ()
    number: int = 1

    @property
    def file(self) -> str:
        """How names of its files begin."""
        return self.verb if self.number == 1 else f"{self.verb}-{self.number}"

    @property
    def text(self) -> str:
        """As the user would type it."""
        return " ".join(("bench", self.verb, *self.words))

    def arguments(self, *, guest: bool) -> list[str]:
        """Arguments for bench, with the JSON that is read afterwards.

        In a guest an NMI comes from QEMU's monitor; on a host only if it was asked for.
        """
        words = [str(self.verb), *self.words]
        if guest and self.verb is Verb.LIMITS:
            words = [word for word in words if word != _SEND]
            words += [] if _WAIT in words else [_WAIT, NMI_WAIT]
        return [*words, "--json"]


def parse(words: Sequence[str]) -> tuple[Command, ...]:
    """Commands from the words behind ``--``, several with ``+`` between them; none = limits.

    Raises:
        UsageError: A command is none of the verbs, or one that is no run comes twice.
    """
    if not words:
        return (Command(Verb.LIMITS),)
    parts: list[list[str]] = [[]]
    for word in words:
        if word == AND:
            parts.append([])
        else:
            parts[-1].append(word)
    found = [_command(part) for part in parts]
    counts: Counter[Verb] = Counter()
    for place, command in enumerate(found):
        counts[command.verb] += 1
        found[place] = replace(command, number=counts[command.verb])
    twice = [verb for verb, count in counts.items() if count > 1 and verb is not Verb.RUN]
    if twice:
        raise UsageError(f"{twice[0]} is given twice", remedy="Give it once; only run may repeat")
    return tuple(found)


def _command(words: Sequence[str]) -> Command:
    verb = words[0] if words else ""
    if verb not in list(Verb):
        raise UsageError(
            f"a matrix cannot run {quoted(verb)}",
            remedy=f"Give {', '.join(Verb)}, or several with {AND} between: -- limits + demo",
        )
    return Command(Verb(verb), tuple(word for word in words[1:] if word != "--json"))
