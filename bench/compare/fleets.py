"""Two fleet runs compared: host by host, then all hosts together. Pure.

Each host is compared with itself, by its name in the inventory. Together, the host is the block:
trials are compared within hosts only, so that hosts may differ as they like. The verdicts of all
hosts are one family of tests, those of the whole another: of the findings of each a share of at
most ``alpha`` is false, however many hosts there are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from bench.compare.answer import Answer, answer
from bench.compare.boots import FEWEST
from bench.compare.comparable import (
    Across,
    check_comparable,
    differences,
    refuse_mixed,
    refuse_recordings,
)
from bench.compare.measured import measured
from bench.compare.result import Result, paired, result_of
from bench.compare.verdict import Comparison, Settings, Verdict, judged
from bench.errors import UsageError
from bench.exits import Exit, exit_of
from bench.store.run import Run


@dataclass(frozen=True, slots=True)
class FleetRuns:
    """What a comparison needs of a fleet run: its name, and runs by host, None without records."""

    name: str
    runs: Mapping[str, Run | None]


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A host that could not be compared, and why."""

    host: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetResult:
    """Two fleet runs compared.

    Attributes:
        hosts: By name, those that both fleet runs have.
        together: All of these, with the host as the block.
        unanswered: Hosts that could not be compared.
    """

    base: str
    new: str
    hosts: Mapping[str, Result]
    together: Sequence[Comparison]
    settings: Settings
    unanswered: Sequence[Unanswered]

    def count(self, verdict: Verdict) -> int:
        """Comparisons with this verdict, of hosts and of the whole."""
        whole = sum(item.verdict is verdict for item in self.together)
        return whole + sum(result.count(verdict) for result in self.hosts.values())

    @property
    def whole(self) -> Answer:
        """The answer for all hosts together: boots of several hosts are several boots."""
        here = all(result.apart == "" for result in self.hosts.values())
        return answer(self.together, self.settings, attributable=here or len(self.hosts) >= FEWEST)

    @property
    def exit(self) -> Exit:
        """The exit code: a host that is worse, or the whole, counts whatever else is missing."""
        every = [*(result.answer for result in self.hosts.values()), self.whole]
        return exit_of(
            bad=any(each.bad for each in every),
            unanswered=bool(self.unanswered)
            or not all(result.answer.complete for result in self.hosts.values()),
        )


def compare_fleets(
    base: FleetRuns,
    new: FleetRuns,
    settings: Settings,
    *,
    across: Collection[Across] = (),
    force: bool = False,
) -> FleetResult:
    """Compare two fleet runs.

    Raises:
        UsageError: They have no host in common, or a host's runs differ in what matters and
            neither ``across`` nor ``force`` permits it.
    """
    pairs, unanswered = _paired(base, new)
    _check(pairs, across, force=force)
    same = {name: paired(*pair) for name, pair in pairs.items()}
    without = frozenset(key for _, _, keys in same.values() for key in keys)
    blocks = {name: (ours, theirs) for name, (ours, theirs, _) in same.items()}
    raw = {name: measured([block], settings, without) for name, block in blocks.items()}
    nothing = [name for name, found in raw.items() if not found]
    unanswered += [Unanswered(name, "its runs have no cell in common") for name in nothing]
    hosts = {name: pair for name, pair in pairs.items() if raw[name]}
    if not hosts:
        problem = "; ".join(f"{each.host}: {each.why}" for each in unanswered)
        raise UsageError(
            f"the fleet runs have no host that can be compared: {problem or 'they have no hosts'}",
            remedy="Compare fleet runs of one inventory and one sweep",
        )
    known = judged([item for found in raw.values() for item in found], settings)
    parts = _parted(known, {name: len(raw[name]) for name in hosts})
    tests = {
        name: sum(item.primary and item.p is not None for item in part)
        for name, part in parts.items()
    }
    return FleetResult(
        base=base.name,
        new=new.name,
        hosts={
            name: result_of(
                *pair,
                settings,
                parts[name],
                across=across,
                beside=sum(tests.values()) - tests[name],
            )
            for name, pair in hosts.items()
        },
        together=judged(measured([blocks[name] for name in hosts], settings, without), settings),
        settings=settings,
        unanswered=unanswered,
    )


Pair = tuple[Run, Run]


def _paired(base: FleetRuns, new: FleetRuns) -> tuple[dict[str, Pair], list[Unanswered]]:
    """Runs of hosts that have one on either side, and the hosts that have not."""
    pairs, unanswered = {}, []
    for name in dict.fromkeys([*base.runs, *new.runs]):
        sides = base.runs.get(name), new.runs.get(name)
        if sides[0] is not None and sides[1] is not None:
            pairs[name] = (sides[0], sides[1])
            continue
        lacking = [word for word, side in zip(("BASE", "NEW"), sides, strict=True) if side is None]
        known = name in base.runs and name in new.runs
        where = " and ".join(lacking)
        unanswered.append(Unanswered(name, f"no record in {where}" if known else f"not in {where}"))
    return pairs, unanswered


def _check(pairs: Mapping[str, Pair], across: Collection[Across], *, force: bool) -> None:
    """Refuse once, naming every host whose runs differ in what matters."""
    refused: dict[str, UsageError] = {}
    for name, (base, new) in pairs.items():
        try:
            refuse_recordings((base.header, new.header))
            refuse_mixed((base.header, new.header))
            check_comparable(differences(base.header, new.header), across=across, force=force)
        except UsageError as error:
            refused[name] = error
    if refused:
        problem = "; ".join(f"{name}: {error.problem}" for name, error in refused.items())
        raise UsageError(problem, remedy=next(iter(refused.values())).remedy)


def _parted(found: Sequence[Comparison], sizes: Mapping[str, int]) -> dict[str, list[Comparison]]:
    """One list in the parts that it was made of."""
    parts, begin = {}, 0
    for name, size in sizes.items():
        parts[name] = list(found[begin : begin + size])
        begin += size
    return parts
