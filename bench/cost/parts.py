"""A cell's cost and its parts, as shares of one CPU and per callback. Pure.

The total is from the pair of trials without an observer, because hooks cost. Softirq times are
from the pair with the observer, in the same block; CPU times of threads from the first pair.
Each trial's times are taken per window, so windows may differ in length.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from bench.quantities.cpu import engine_share, softirq_share
from bench.record import CpuUse, TotalCost, TrialRecord

Share = Callable[[TrialRecord], float | None]


@dataclass(frozen=True, slots=True)
class Pair:
    """A trial of a cell and the one of its reference in the same block."""

    ours: TrialRecord
    reference: TrialRecord

    def difference(self, share: Share) -> float | None:
        """How much more of one CPU's time the trial has of something."""
        more, less = share(self.ours), share(self.reference)
        return None if more is None or less is None else more - less


def total_cost(quiet: Pair, observed: Pair | None) -> TotalCost:
    """The cost of a pair that may be subtracted, split by what the observed pair saw."""
    ours = quiet.ours
    share = quiet.difference(used_share) or 0.0
    steal = quiet.difference(_steal_share) or 0.0
    per_callback = _per_callback(ours)
    ns = per_callback(share)
    parts = (
        per_callback(_softirqs(observed, "hrtimer")),
        per_callback(_freeing(quiet, observed)),
        per_callback(_softirqs(observed, "net_rx", "net_tx")),
        per_callback(engine_share(ours)),
    )
    firing, freeing, packets, engine = parts
    return TotalCost(
        trial=ours.trial,
        reference=quiet.reference.trial,
        share=share,
        ns=ns,
        less_steal_ns=per_callback(share - steal),
        firing_ns=firing,
        freeing_ns=freeing,
        packets_ns=packets,
        engine_ns=engine,
        rest_ns=None if ns is None else ns - sum(part or 0.0 for part in parts),
    )


def used_share(record: TrialRecord) -> float | None:
    """CPU time used by anything but the runner's own thread, as a share of one CPU."""
    return _of_use(record, used_ns)


def used_ns(use: CpuUse) -> int:
    """CPU time used by anything but the runner's own thread."""
    return use.window_ns * len(use.cpus) - sum(use.idle_ns) - (use.runner_ns or 0)


def _of_use(record: TrialRecord, ns: Callable[[CpuUse], int | None]) -> float | None:
    use = record.cpu_use
    found = ns(use) if use and use.window_ns else None
    return found / use.window_ns if use and found is not None else None


def _steal_share(record: TrialRecord) -> float | None:
    return _of_use(record, lambda use: sum(use.steal_ns))


def _thread_share(record: TrialRecord) -> float | None:
    return _of_use(record, lambda use: use.freeing_ns)


def _softirqs(observed: Pair | None, *vectors: str) -> float | None:
    """None unless the observer saw each of these vectors."""
    if observed is None:
        return None
    found = [observed.difference(partial(softirq_share, vector=vector)) for vector in vectors]
    known = [share for share in found if share is not None]
    return sum(known) if len(known) == len(found) else None


def _freeing(quiet: Pair, observed: Pair | None) -> float | None:
    softirqs, threads = _softirqs(observed, "rcu"), quiet.difference(_thread_share)
    return None if softirqs is None or threads is None else softirqs + threads


def _per_callback(record: TrialRecord) -> Callable[[float | None], float | None]:
    """From a share of one CPU to ns per callback, at the rate of callbacks of a trial."""
    fired = record.callbacks.fired if record.callbacks else 0

    def per_callback(share: float | None) -> float | None:
        return share * record.window_ns / fired if share is not None and fired else None

    return per_callback
