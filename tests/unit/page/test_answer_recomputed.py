"""The answer of published runs, recomputed from ``trials.jsonl`` with numpy alone.

Rules of which pairs of trials may be subtracted are written again here, as docs/method.md has them.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.analysis.answers.question import Sentence
from bench.analysis.findings import findings
from bench.store.run import read_runs
from tests.tracked import record_lines

ROOT = Path(__file__).resolve().parents[3]
RUNS = sorted(path.parent for path in ROOT.glob("results/*-connections/run.json"))
Trial = dict[str, Any]
SUBJECT = "A timer on every connection"
LINE = re.compile(r"(?P<rate>\d+)k connections/s, timeouts of (?P<seconds>\d+)s ")
SHARE = re.compile(r"^bpf_timer: (?P<share>-?[0-9.]+)% ")
CHANGE = re.compile(r"median connect (?P<change>[+-]?[0-9.]+)%")


def latest(run: Path) -> list[Trial]:
    return list({trial["trial"]: trial for trial in map(json.loads, record_lines(run))}.values())


def used(trial: Trial) -> float:
    """CPU time of all but the runner's own thread, as a share of one CPU."""
    use = trial["cpu_use"]
    busy = use["window_ns"] - np.array(use["idle_ns"])
    return float((busy.sum() - use["runner_ns"]) / use["window_ns"])


def counts(trial: Trial) -> bool:
    use = trial["cpu_use"]
    idle, steal = np.array(use["idle_ns"]), np.array(use["steal_ns"])
    return bool(
        trial["status"] == "ok"
        and use["exact"]
        and use["others_ns"] <= 0.05 * use["window_ns"]
        and (idle >= 0.10 * use["window_ns"]).all()
        and (steal < 0.01 * use["window_ns"]).all()
    )


def spoilt(trial: Trial) -> bool:
    """Whether the timers themselves did it, so that the trial ranks worst."""
    effects = {"load_short", "load_excess", "samples_few", "watchdog"}
    return trial["status"] == "invalid" and bool(trial["codes"]) and set(trial["codes"]) <= effects


def by_block(trials: list[Trial], **wanted: object) -> dict[int, Trial]:
    """The trial of each block whose cell has these settings."""
    return {t["block"]: t for t in trials if wanted.items() <= t["cell"].items()}


def share_and_change(trials: list[Trial], rate: int, seconds: int) -> tuple[float, float]:
    own = by_block(
        trials,
        control=None,
        engine="bpf_timer",
        load_hz=rate,
        timeout_ns=seconds * 10**9,
        observer="none",
    )
    alone = by_block(
        trials, control="load", load_hz=rate, map_type="hash", engine="bpf_timer", observer="none"
    )
    pairs = [(own[block], alone[block]) for block in own if block in alone]
    even = [
        (ours, theirs)
        for ours, theirs in pairs
        for rates in [[t["load"]["achieved_hz"] for t in (ours, theirs) if t["load"]]]
        if counts(ours) and counts(theirs) and np.ptp(rates) <= 0.01 * max(rates)
    ]
    shares = [used(ours) - used(theirs) for ours, theirs in even]
    shares += [np.inf for ours in own.values() if spoilt(ours)]
    ratios = [
        ours["load"]["connect"]["p50_ns"] / theirs["load"]["connect"]["p50_ns"]
        for ours, theirs in pairs
        if ours["status"] == theirs["status"] == "ok"
    ]
    ratios += [np.inf for ours, theirs in pairs if spoilt(ours) and theirs["status"] == "ok"]
    ratios += [0.0 for ours, theirs in pairs if spoilt(theirs) and ours["status"] == "ok"]
    return float(np.median(shares)), float(np.median(ratios)) - 1


def lines(answer: tuple[Sentence, ...]) -> list[tuple[int, int, str]]:
    """Rate, timeout in seconds and the part of bpf_timer, of each line of the flagship question."""
    return [
        (int(found["rate"]) * 1_000, int(found["seconds"]), part)
        for sentence in answer
        if sentence.subject == SUBJECT and (found := LINE.match(sentence.text))
        for part in sentence.parts
        if part.startswith("bpf_timer:")
    ]


@pytest.mark.parametrize("path", RUNS, ids=lambda path: path.name)
def test_shares_and_delays_of_the_answer_are_those_of_the_records(path: Path) -> None:
    answer = findings(read_runs([path])).answer
    trials = latest(path)
    found = lines(answer)
    assert len(found) >= 3
    for rate, seconds, part in found:
        share, change = share_and_change(trials, rate, seconds)
        said_share, said_change = SHARE.search(part), CHANGE.search(part)
        assert said_share and float(said_share["share"]) == pytest.approx(100 * share, rel=0.006)
        assert said_change and float(said_change["change"]) == pytest.approx(
            100 * change, rel=0.006
        )
