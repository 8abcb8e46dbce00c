"""Each note is provoked, and a steady window has none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bench.trial.measurement import Measurement, Sample
from bench.trial.outcome import Context, record_of
from bench.trial.steadiness import notes_of


def series(hz: np.ndarray, share: float = 0.1, connections: float | None = None) -> list[Sample]:
    return [
        Sample(
            t_ns=(n + 1) * 100_000_000,
            callbacks_hz=float(value),
            p99_ns=None,
            ksoftirqd_share=share,
            steal=0.0,
            connections_hz=connections,
        )
        for n, value in enumerate(hz)
    ]


NOISE = np.random.default_rng(1).normal(0, 500, 49)
STEADY = 100_000 + NOISE


def step(at: int, size: float) -> np.ndarray:
    return STEADY + np.where(np.arange(49) < at, 0, size)


def test_a_steady_window_has_no_notes() -> None:
    assert notes_of(series(STEADY, connections=5_000)) == []


@pytest.mark.parametrize(
    ("at", "what"), [(10, "warm-up was too short"), (30, "drift within the window")]
)
def test_a_change_is_told_with_its_place_and_size(at: int, what: str) -> None:
    (note,) = notes_of(series(step(at, 40_000)))
    assert note.startswith(f"{what}: callbacks/s 100k until {at / 10:.1f} s, then 140k")


def test_a_significant_but_small_change_is_not_told() -> None:
    assert notes_of(series(step(30, 3_000))) == []


def test_shares_and_connections_are_watched_too() -> None:
    late = [
        replace(sample, ksoftirqd_share=0.3, connections_hz=2_000.0)
        for sample in series(STEADY, connections=5_000)[30:]
    ]
    notes = notes_of(series(STEADY, connections=5_000)[:30] + late)
    assert [note.split(":")[1].split()[0] for note in notes] == ["ksoftirqd", "conn/s"]


def test_a_short_window_cannot_tell() -> None:
    assert notes_of(series(step(5, 1e6)[:10])) == []
    assert notes_of([]) == []


def test_ksoftirqd_is_judged_by_the_time_of_one_cpu() -> None:
    """A point of 64 CPUs would be two thirds of one."""
    calm = series(STEADY, share=0.0)
    busy = [replace(sample, ksoftirqd_share=0.002) for sample in calm[30:]]
    assert notes_of(calm[:30] + busy, 1) == []
    (note,) = notes_of(calm[:30] + busy, 64)
    assert "ksoftirqd CPU of one CPU" in note and note.endswith("then 12.8%")


def test_notes_are_in_the_record_and_make_it_no_less_valid(
    measured: Measurement, context: Context
) -> None:
    window = replace(measured.window, samples=series(step(30, 40_000)))
    record = record_of(replace(measured, window=window), context)
    assert len(record.notes) == 1 and record.reasons == record_of(measured, context).reasons


@pytest.mark.parametrize(("late", "told"), [(60_000.0, True), (22_000.0, False)])
def test_lateness_is_watched_where_the_rate_cannot_tell(late: float, told: bool) -> None:
    """Timers of an idle host fire at the rate that was asked for, however late."""
    calm = [replace(sample, mean_ns=20_000.0) for sample in series(STEADY)]
    after = [replace(sample, mean_ns=late) for sample in calm[30:]]
    notes = notes_of(calm[:30] + after)
    assert notes == (
        ["drift within the window: mean lateness 20µs until 3.0 s, then 60µs"] if told else []
    )


def test_samples_that_depend_on_each_other_seldom_look_like_a_change() -> None:
    """Series with a correlation of 0.3 from one to the next, as bursts of noise make them."""
    rng, told = np.random.default_rng(5), 0
    for _ in range(500):
        noise = np.zeros(49)
        for n in range(1, 49):
            noise[n] = 0.3 * noise[n - 1] + rng.normal()
        told += bool(notes_of(series(100_000 + 3_000 * noise)))
    assert told <= 0.01 * 500
