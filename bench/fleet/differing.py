"""Hosts that differ, and in what else they differ: figures and their possible causes. Pure.

From four hosts on, a rule finds outliers (:mod:`bench.fleet.outliers`). Two or three hosts have
none, so each is set against the first, without any claim about chance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bench.fleet.causes import Cause, causes, causes_text
from bench.fleet.model import HostRun
from bench.fleet.outliers import FEWEST_HOSTS, RULE, outliers
from bench.fleet.ratios import ratios_to
from bench.quantities.catalogue import TABLE
from bench.words.plurals import counted

SMALL = 1.05
"""Ratios closer to 1 than this are not reported for two or three hosts."""
ALL = "all hosts"
FIRST_RULE = (
    "Each ratio is the median over the cells that both hosts measured validly; those within "
    f"{SMALL - 1:.0%} of 1 are left out. Of two or three hosts nothing shows which is unusual; "
    "bench compare of their runs shows whether more than chance differs."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Differs:
    """One quantity in which one host differs.

    Attributes:
        group: What the host was judged by: its group, or another host.
        far: Cells on which it differs to that side; ``cells``: all that it was judged by.
        ratio: Its figure over the group's median, or over that of the other host; the median
            over the far cells, or over all.
        causes: Facts in which it differs from those that it is judged by.
    """

    host: str
    group: str
    quantity: str
    far: int
    cells: int
    ratio: float
    causes: tuple[Cause, ...]


@dataclass(frozen=True, slots=True)
class Differing:
    """What was found.

    Attributes:
        how: How hosts were judged, and by what rule.
        nothing: What to say where ``rows`` is empty.
    """

    rows: tuple[Differs, ...]
    how: str
    nothing: str = "None."


def differing(groups: Mapping[str, Sequence[HostRun]], by: str) -> Differing:
    """Judge hosts within their groups, or all together where every group is too small."""
    measured = {name: [h for h in hosts if h.cells] for name, hosts in groups.items()}
    everyone = [host for hosts in measured.values() for host in hosts]
    if any(len(hosts) >= FEWEST_HOSTS for hosts in measured.values()):
        return Differing(_outliers({f"{by} {name}": h for name, h in measured.items()}), RULE)
    if len(everyone) >= FEWEST_HOSTS:
        together = f"No {by} has {FEWEST_HOSTS} hosts, so all are judged together. "
        return Differing(_outliers({ALL: everyone}), together + RULE)
    if len(everyone) > 1:
        return Differing(_against_first(everyone), FIRST_RULE)
    return Differing((), "", nothing="It takes two hosts with records to compare.")


def sentences(rows: Sequence[Differs]) -> list[str]:
    """One for each host: its ratios, then the facts in which it differs as well.

    ``sut2, against sut1: p99 lateness x 1.80 (4 of 5 cells); it differs as well in: ...``
    """
    by_host: dict[str, list[Differs]] = {}
    for row in rows:
        by_host.setdefault(row.host, []).append(row)
    return [_sentence(host, found) for host, found in by_host.items()]


def _sentence(host: str, rows: Sequence[Differs]) -> str:
    ratios = [f"{r.quantity} x {r.ratio:.2f} ({r.far} of {counted(r.cells, 'cell')})" for r in rows]
    beside = causes_text(rows[0].causes)
    return f"{host}, against {rows[0].group}: {', '.join(ratios)}; it differs as well in: {beside}"


def _outliers(groups: Mapping[str, Sequence[HostRun]]) -> tuple[Differs, ...]:
    found = []
    for name, hosts in groups.items():
        by_name = {host.name: host for host in hosts}
        for each in outliers(hosts):
            others = [host for host in hosts if host.name != each.host]
            beside = causes(by_name[each.host], others)
            found.append(
                Differs(
                    host=each.host,
                    group=name,
                    quantity=each.quantity,
                    far=each.far,
                    cells=each.cells,
                    ratio=each.ratio,
                    causes=beside,
                )
            )
    return tuple(found)


def _against_first(hosts: Sequence[HostRun]) -> tuple[Differs, ...]:
    first, *others = hosts
    found = [_compared(host, first, number) for host in others for number in range(len(TABLE))]
    return tuple(each for each in found if each is not None)


def _compared(host: HostRun, first: HostRun, number: int) -> Differs | None:
    ratios = ratios_to(host, first, number)
    middle = median(ratios) if ratios else 1.0
    if 1 / SMALL <= middle <= SMALL:
        return None
    return Differs(
        host=host.name,
        group=first.name,
        quantity=TABLE[number].title,
        far=sum((each > 1) == (middle > 1) and each != 1 for each in ratios),
        cells=len(ratios),
        ratio=middle,
        causes=causes(host, [first]),
    )
