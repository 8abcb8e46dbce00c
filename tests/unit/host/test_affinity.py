from __future__ import annotations

import os

import pytest

from bench.errors import BenchError
from bench.host import affinity
from bench.host.affinity import pin, running_on
from bench.host.cpus import Cpus, find_cpus


def test_a_block_runs_on_one_cpu_and_leaves_the_affinity_as_it_was() -> None:
    before = os.sched_getaffinity(0)
    cpu = find_cpus().usable[-1]
    with running_on(cpu):
        assert find_cpus().usable == (cpu,)
    assert os.sched_getaffinity(0) == before


@pytest.mark.parametrize(
    ("online", "told"),
    [
        ((0,), "cannot run on CPU 7: it is offline, CPUs 0 are online"),
        ((0, 7), "cannot run on CPU 7: this process may use CPUs 0 only"),
    ],
)
def test_a_cpu_that_cannot_be_used_is_named_with_the_reason(
    online: tuple[int, ...], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(pid: int, cpus: set[int]) -> None:
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(os, "sched_setaffinity", refuse)
    seen = Cpus(possible=tuple(range(8)), online=online, allowed=(0,))
    monkeypatch.setattr(affinity, "find_cpus", lambda: seen)
    with pytest.raises(BenchError) as caught:
        pin({7})
    assert caught.value.problem == told
    assert caught.value.remedy == "Was it taken offline, or out of the cpuset? Start a new run"
