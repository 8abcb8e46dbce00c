from __future__ import annotations

from dataclasses import replace

from bench.trial.measurement import Measurement


def test_a_window_is_as_long_as_the_time_between_the_program_s_own_snapshots(
    measured: Measurement,
) -> None:
    assert measured.window.length_ns == 2_000_000_000
    later = replace(
        measured.window,
        closing=replace(
            measured.window.closing,
            observed=replace(measured.window.closing.observed, t_ns=10**18),
        ),
    )
    assert later.length_ns == 2_000_000_000, "other sources have clock readings of their own"
