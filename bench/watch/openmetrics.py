"""What was seen since watching began as OpenMetrics text, for Prometheus's textfile collector."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from bench.abi import VENUES
from bench.histogram import HIGHEST_EQUIVALENT, Histogram
from bench.units import NS_PER_S
from bench.watch.counts import Counts

PREFIX = "bpf_timer_watch_"
BOUNDS_NS = (*(step * 10**power for power in range(3, 10) for step in (1, 2, 5)), 10**10)
"""Upper bounds of the buckets: 1 µs to 10 s."""
Labels = tuple[tuple[str, str], ...]


def text_of(counts: Mapping[Labels, Counts]) -> str:
    """All counters, by the labels of a map, a program and a callback; ends in ``# EOF``."""
    lines: list[str] = []
    lines += ["# TYPE bpf_timer_watch_fired counter", "# HELP bpf_timer_watch_fired Callbacks."]
    for labels, each in counts.items():
        lines.append(f"{PREFIX}fired_total{_braced(labels)} {each.fired}")
    lines += [
        "# TYPE bpf_timer_watch_venue counter",
        "# HELP bpf_timer_watch_venue Callbacks by what they ran over.",
    ]
    for labels, each in counts.items():
        for venue, number in zip(VENUES, each.venue, strict=True):
            where = _braced((*labels, ("venue", venue)))
            lines.append(f"{PREFIX}venue_total{where} {number}")
    lines += [
        "# TYPE bpf_timer_watch_lateness_seconds histogram",
        "# UNIT bpf_timer_watch_lateness_seconds seconds",
        "# HELP bpf_timer_watch_lateness_seconds Callback time minus programmed expiry.",
    ]
    for labels, each in counts.items():
        lines += _histogram("lateness_seconds", labels, each.lateness)
    return "\n".join([*lines, "# EOF", ""])


def _histogram(name: str, labels: Labels, found: Histogram) -> Iterator[str]:
    so_far = np.cumsum(found.counts)
    for bound in BOUNDS_NS:
        place = int(np.searchsorted(HIGHEST_EQUIVALENT, bound, side="right"))
        number = int(so_far[place - 1]) if place else 0
        where = _braced((*labels, ("le", repr(bound / NS_PER_S))))
        yield f"{PREFIX}{name}_bucket{where} {number}"
    yield f"{PREFIX}{name}_bucket{_braced((*labels, ('le', '+Inf')))} {found.count}"
    yield f"{PREFIX}{name}_count{_braced(labels)} {found.count}"
    yield f"{PREFIX}{name}_sum{_braced(labels)} {found.total_ns / NS_PER_S!r}"


def _braced(labels: Labels) -> str:
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
