from __future__ import annotations

import pytest

from bench.fleet.model import HostRun, State, state_of_fleet, state_of_run
from bench.record import Status

OK, INVALID, FAILED = Status.OK, Status.INVALID, Status.FAILED
NONE, SOME, BAD, ALL = State.NOTHING, State.PARTIAL, State.WITH_FAILURES, State.COMPLETE


@pytest.mark.parametrize(
    ("counts", "finished", "state"),
    [
        ({}, False, NONE),
        ({OK: 2}, False, SOME),
        ({OK: 2}, True, SOME),
        ({OK: 2, FAILED: 1}, True, BAD),
        ({FAILED: 3}, True, BAD),
        ({OK: 1, FAILED: 1}, True, SOME),
        ({OK: 3}, False, SOME),
        ({OK: 2, INVALID: 1}, True, ALL),
        ({INVALID: 3}, True, ALL),
    ],
)
def test_a_run_is_complete_only_if_every_trial_was_judged_and_none_failed(
    counts: dict[Status, int], finished: bool, state: State
) -> None:
    assert state_of_run(3, counts, finished=finished) is state


def test_a_run_with_disturbed_trials_is_not_complete() -> None:
    assert state_of_run(3, {OK: 2, INVALID: 1}, finished=True, disturbed=1) is BAD
    assert state_of_run(3, {OK: 1, INVALID: 1}, finished=True, disturbed=1) is SOME


def test_a_host_without_a_run_was_asked_only_if_something_went_wrong() -> None:
    assert HostRun(name="a").state is State.NOT_MEASURED
    assert HostRun(name="a", trouble="it does not answer").state is NONE


@pytest.mark.parametrize(
    ("states", "state"),
    [
        ([State.NOT_MEASURED] * 2, State.NOT_MEASURED),
        ([State.NOT_MEASURED, NONE], NONE),
        ([ALL, State.NOT_MEASURED], SOME),
        ([ALL, NONE], SOME),
        ([BAD, SOME], SOME),
        ([ALL, BAD], BAD),
        ([ALL, ALL], ALL),
    ],
)
def test_a_fleet_is_complete_only_if_all_its_hosts_are(states: list[State], state: State) -> None:
    assert state_of_fleet(states) is state
