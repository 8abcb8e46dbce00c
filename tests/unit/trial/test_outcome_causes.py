from __future__ import annotations

from dataclasses import replace

from bench.histogram import Histogram
from bench.record import Outlier
from bench.trial.measurement import Measurement, Sample
from bench.trial.outcome import Context, record_of
from bench.units import NS_PER_MS


def sample(t_ns: int, steal: float) -> Sample:
    return Sample(
        t_ns=t_ns,
        callbacks_hz=0.0,
        p99_ns=None,
        ksoftirqd_share=0.0,
        steal=steal,
        connections_hz=None,
    )


def outlier(t_ns: int) -> Outlier:
    return Outlier(t_ns=t_ns, lateness_ns=5, cpu=0, venue="task", pid=1)


def with_stages(measured: Measurement) -> Measurement:
    """30 callbacks before the window, 40 within it, and two that no hook saw."""
    window = measured.window
    before = {name: Histogram.of([7] * 30) for name in ("irq", "entry", "queue")}
    after = {name: Histogram.of([7] * 30 + [500] * 40) for name in before}
    opening = replace(window.opening.counters, stages=before, unstaged=3)
    closing = replace(window.closing.counters, stages=after, unstaged=5)
    window = replace(
        window,
        opening=replace(window.opening, counters=opening),
        closing=replace(window.closing, counters=closing),
        samples=[sample(100 * NS_PER_MS, 0.0), sample(200 * NS_PER_MS, 0.25)],
    )
    return replace(measured, window=window)


def test_stages_are_the_window_s(measured: Measurement, context: Context) -> None:
    record = record_of(with_stages(measured), context)
    assert record.stages is not None
    assert list(record.stages) == ["irq", "entry", "queue"]
    assert all(stage.count == 40 for stage in record.stages.values())
    assert (record.unstaged, record.without_stages) == (2, None)


def test_absent_stages_are_explained(measured: Measurement, context: Context) -> None:
    record = record_of(replace(measured, without_stages="refused"), context)
    assert (record.stages, record.without_stages, record.unstaged) == (None, "refused", 0)


def test_an_outlier_has_the_steal_of_its_interval(measured: Measurement, context: Context) -> None:
    measured = with_stages(measured)
    times = (50 * NS_PER_MS, 100 * NS_PER_MS, 101 * NS_PER_MS, 300 * NS_PER_MS)
    found = [outlier(t_ns) for t_ns in times]
    measured = replace(measured, aftermath=replace(measured.aftermath, outliers=found))
    record = record_of(measured, context)
    assert [one.steal for one in record.outliers] == [0.0, 0.0, 0.25, None]
