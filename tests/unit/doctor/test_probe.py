from __future__ import annotations

import pytest

from bench.doctor.probe import Finding, Health, Probe, examine
from bench.errors import BenchError

PROBLEM = BenchError("clang is not installed", remedy="Install clang", detail="PATH=/bin")


def raises(error: BaseException) -> str:
    raise error


def test_what_works_says_what_was_seen_and_blocks_nothing() -> None:
    probe = Probe("clang", "every measurement", lambda: "clang 14", essential=True)
    assert examine([probe]) == [Finding("clang", Health.OK, "clang 14")]


@pytest.mark.parametrize(("essential", "health"), [(True, "missing"), (False, "limited")])
def test_what_fails_says_what_it_blocks_and_what_to_do(essential: bool, health: str) -> None:
    probe = Probe("clang", "every measurement", lambda: raises(PROBLEM), essential)
    assert examine([probe]) == [
        Finding(
            name="clang",
            health=Health(health),
            seen="clang is not installed",
            blocks="every measurement",
            remedy="Install clang",
            detail="PATH=/bin",
        )
    ]


def test_a_failure_does_not_stop_the_probes_after_it() -> None:
    probes = [
        Probe("a", "x", lambda: raises(PROBLEM), essential=True),
        Probe("b", "x", lambda: "fine"),
        Probe("c", "x", lambda: raises(PROBLEM)),
    ]
    found = [(finding.name, finding.health) for finding in examine(probes)]
    assert found == [("a", Health.MISSING), ("b", Health.OK), ("c", Health.LIMITED)]


def test_a_bug_in_a_probe_is_not_taken_for_a_gap_of_the_host() -> None:
    with pytest.raises(ZeroDivisionError):
        examine([Probe("a", "x", lambda: raises(ZeroDivisionError()))])


def test_an_error_of_the_host_is_a_gap_that_says_what_was_tried() -> None:
    [found] = examine([Probe("bpffs", "x", lambda: raises(OSError(22, "Invalid argument")))])
    assert (found.health, found.seen) == (Health.LIMITED, "cannot try bpffs: Invalid argument")
    assert found.remedy.startswith("Run as root")
