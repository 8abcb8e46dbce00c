"""Hosts that differ from the others on the same cells. Pure.

A cell's figure on a host is *far* when the logarithm of it lies more than 3.5 robust standard
deviations from the median over the hosts of its group. The robust standard deviation is 1.4826
times the median absolute deviation (both numbers: Iglewicz and Hoaglin, How to Detect and
Handle Outliers, 1993), but at least 5 %, so that hosts which agree closely are not distinguished
by nothing. A host is an *outlier* in a quantity when at least a quarter of its cells, and at
least two of them or all, are far on the same side. It takes four hosts to judge.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bench.fleet.model import HostRun
from bench.quantities.catalogue import TABLE
from bench.spec import Cell

LIMIT = 3.5
MAD_TO_SIGMA = 1.4826
LEAST_SIGMA = math.log(1.05)
SHARE = 0.25
FEWEST_HOSTS = 4
FEWEST_CELLS = 2
RULE = (
    f"A figure is far when its logarithm lies more than {LIMIT} robust standard deviations "
    f"({MAD_TO_SIGMA} times the median absolute deviation, at least 5 %) from the median over "
    f"the hosts of its group. A host is named when at least {SHARE:.0%} of its cells, and no "
    f"fewer than {FEWEST_CELLS} unless it has fewer, are far on the same side. Groups of fewer "
    f"than {FEWEST_HOSTS} hosts cannot tell."
)


@dataclass(frozen=True, slots=True)
class Outlier:
    """A host that differs.

    Attributes:
        quantity: Title of the column.
        far: Cells on which it is far, on the side of ``ratio``; ``cells``: all it was judged by.
        ratio: Median over the far cells of its figure over the median of its group.
    """

    host: str
    quantity: str
    far: int
    cells: int
    ratio: float


def outliers(hosts: Sequence[HostRun]) -> tuple[Outlier, ...]:
    """Hosts of one group that differ, those that differ on most cells first."""
    if len(hosts) < FEWEST_HOSTS:
        return ()
    cells = list(dict.fromkeys(cell for host in hosts for cell in host.cells))
    found = [
        outlier for number in range(len(TABLE)) for outlier in _of_column(hosts, cells, number)
    ]
    return tuple(sorted(found, key=lambda each: (-each.far / each.cells, each.host)))


def _of_column(hosts: Sequence[HostRun], cells: Sequence[Cell], number: int) -> list[Outlier]:
    logs = np.array([[_log(host, cell, number) for cell in cells] for host in hosts])
    logs = logs[:, (~np.isnan(logs)).sum(axis=0) >= FEWEST_HOSTS]
    if not logs.shape[1]:
        return []
    distance = logs - np.nanmedian(logs, axis=0)
    sigma = MAD_TO_SIGMA * np.nanmedian(np.abs(distance), axis=0)
    score = distance / np.maximum(sigma, LEAST_SIGMA)
    judged = (
        _judge(host.name, number, *rows) for host, *rows in zip(hosts, distance, score, strict=True)
    )
    return [each for each in judged if each is not None]


def _log(host: HostRun, cell: Cell, number: int) -> float:
    """Logarithm of a figure; NaN where there is none, or none that counts."""
    figures = host.cells.get(cell)
    value = figures.counted(number) if figures else None
    return math.log(value) if value else math.nan


def _judge(
    host: str, number: int, distance: npt.NDArray[np.float64], score: npt.NDArray[np.float64]
) -> Outlier | None:
    cells = int((~np.isnan(score)).sum())
    sides = (score > LIMIT, score < -LIMIT)
    side = max(sides, key=lambda each: int(each.sum()))
    far = int(side.sum())
    if not cells or far < max(SHARE * cells, min(FEWEST_CELLS, cells)):
        return None
    ratio = math.exp(float(np.median(distance[side])))
    return Outlier(host, TABLE[number].title, far, cells, ratio)
