from __future__ import annotations

from dataclasses import replace

from bench.record import Calibration, RunHeader
from bench.words.warmups import warmup_lines


def test_a_warm_up_that_was_given_needs_no_words(header: RunHeader) -> None:
    assert warmup_lines(header) == ()


def test_one_that_was_taken_over_names_its_run(header: RunHeader) -> None:
    found = replace(header, calibration=Calibration(least_ns=1, pilot_ns=2, of="BASE"))
    assert warmup_lines(found) == ("warm-up 500ms, as in BASE",)
