"""Charts that compare hosts: each host with the others, and each quantity cell by cell. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from bench.fleet.marks import group_marks, host_marks, ratio_mark
from bench.fleet.model import Fleet, HostRun
from bench.fleet.outliers import FEWEST_HOSTS
from bench.fleet.ratios import ratios_to_others
from bench.fleet.tables import MOST_COLUMNS, cells_of
from bench.page.charts import theme
from bench.page.charts.bars import MOST_BARS
from bench.page.charts.chart import Chart, Section, together
from bench.page.charts.dots import Dot, dots
from bench.quantities.callbacks import FIRED, IN_KSOFTIRQD, P50, P99
from bench.quantities.catalogue import TABLE
from bench.quantities.cpu import KSOFTIRQD_CPU
from bench.quantities.load import CONNECTIONS
from bench.quantities.quantity import Quantity, Unit
from bench.words.plurals import counted

MAIN = (P50, P99, FIRED, IN_KSOFTIRQD, KSOFTIRQD_CPU, CONNECTIONS)
"""Quantities that have a chart; tables have all."""
RATIOS = (P50, P99, FIRED)
"""Quantities by which each host is set against the others."""
MOST_HOSTS = 40
"""Hosts with a line of their own."""
TIMES = Quantity(
    title="times the figure of the others",
    meaning="a host's figure over the median of the others', cell by cell; the median cell",
    unit=Unit.TIMES,
    value=lambda record: None,
)
_RATIO_LABEL = "format(datum.value, '~g')"
_LABELS = {
    Unit.NS: (theme.DURATION_LABEL, True),
    Unit.HZ: (theme.COUNT_LABEL, True),
    Unit.SHARE: ("format(datum.value, '.3~%')", False),
}
"""By unit: labels of the axis, and whether that is logarithmic."""


def sections(fleet: Fleet, groups: Mapping[str, Sequence[HostRun]], by: str) -> tuple[Section, ...]:
    """All sections that are made of charts."""
    return (_against(groups), _quantities(fleet, groups, by))


def _against(groups: Mapping[str, Sequence[HostRun]]) -> Section:
    """Each host against the others, the farthest first."""
    measured = {name: [h for h in hosts if h.cells] for name, hosts in groups.items()}
    everyone = [host for hosts in measured.values() for host in hosts]
    large = [hosts for hosts in measured.values() if len(hosts) >= FEWEST_HOSTS]
    judged = large or [everyone]
    lines = [line for hosts in judged for line in _lines(hosts)]
    lines.sort(key=_distance, reverse=True)
    shown = lines[:MOST_HOSTS]
    if len(everyone) < 2 or not shown:
        return Section(key="against", title="Each host against the others", intro=_ALONE)
    marks = [mark for line in shown for mark in line]
    description = (
        f"Ratios of {counted(len(shown), 'host')} to the others; farthest: {_words(shown[0])}."
    )
    chart = Chart(
        key="hosts-against-others",
        title="Each host against the others",
        heading="Figures of each host, as times the median of the others",
        alt=description,
        caption="A dot is the median over the cells; its line goes from the lowest cell to the "
        "highest. At 1 a host is like the others.",
        spec=dots(marks, TIMES, description, labels=_RATIO_LABEL, log=True),
    )
    left = len(lines) - len(shown)
    return Section(
        key="against",
        title="Each host against the others",
        intro=_GROUPED if large else _TOGETHER,
        groups=together(chart),
        notes=[f"Not drawn: {counted(left, 'host')} nearest to the others."] if left else [],
    )


_ALONE = "It takes two hosts with records to set one against the others."
_GROUPED = "Within its group, cell by cell, as far as a group has enough hosts to judge."
_TOGETHER = "Of all hosts together, cell by cell."


def _lines(hosts: Sequence[HostRun]) -> Iterator[list[Dot]]:
    """The marks of each host that can be set against others."""
    by_column = {column: ratios_to_others(hosts, TABLE.index(column)) for column in RATIOS}
    for host in hosts:
        known = [(column.title, ratios[host.name]) for column, ratios in by_column.items()]
        line = [ratio_mark(host.name, title, ratios) for title, ratios in known if ratios]
        if line:
            yield line


def _distance(line: Sequence[Dot]) -> float:
    middles = [found.median for mark in line if (found := mark.row.get(TIMES))]
    return max(abs(math.log(middle)) for middle in middles)


def _words(line: Sequence[Dot]) -> str:
    known = [(mark.kind, found) for mark in line if (found := mark.row.get(TIMES))]
    figures = ", ".join(f"{kind} {TIMES.text(found.median)}" for kind, found in known)
    return f"{line[0].line} with {figures}"


def _quantities(fleet: Fleet, groups: Mapping[str, Sequence[HostRun]], by: str) -> Section:
    """A chart for each main quantity: a mark for each host or, of many, for each group."""
    cells = cells_of(fleet.hosts)
    step = max(math.ceil(len(cells) / MOST_BARS), 1)
    shown = cells[::step]
    each_host = len(fleet.hosts) <= MOST_COLUMNS
    charts = []
    for column in MAIN:
        number = TABLE.index(column)
        if each_host:
            marks = host_marks(fleet.hosts, shown, number)
        else:
            marks = group_marks(groups, shown, number)
        if marks:
            kind = fleet.each if each_host else by
            charts.append(_chart(column, marks, each_host=each_host, kind=kind))
    notes = (
        [f"Drawn are {len(shown)} of {counted(len(cells), 'cell')}, evenly picked."]
        if step > 1
        else []
    )
    return Section(
        key="quantities",
        title=f"{fleet.each.capitalize()}s by quantity",
        intro=(_EACH_HOST if each_host else f"Hosts are grouped by {by}.") if charts else _NOTHING,
        groups=together(*charts),
        notes=notes,
    )


_EACH_HOST = "Each host on each cell."
_NOTHING = "No host has a record yet."


def _chart(column: Quantity, marks: Sequence[Dot], *, each_host: bool, kind: str) -> Chart:
    labels, log = _LABELS[column.unit]
    known = sorted((found.median, m.line) for m in marks if (found := m.row.get(column)))
    low, high = known[0], known[-1]
    description = (
        f"{column.title} by {kind}: from {column.text(low[0])} ({low[1]}) "
        f"to {column.text(high[0])} ({high[1]})."
    )
    whose = (
        "A dot is a host's median over its trials; its line is the interval of the median, "
        "or of few trials the lowest and the highest."
        if each_host
        else "A dot is the median host of a group; its line goes from the lowest host to the "
        "highest."
    )
    return Chart(
        key=f"hosts-{column.key}",
        title=f"{column.title} by {kind}",
        alt=description,
        caption=f"{column.title}: {column.meaning}. {whose}",
        spec=dots(marks, column, description, labels=labels, log=log),
    )
