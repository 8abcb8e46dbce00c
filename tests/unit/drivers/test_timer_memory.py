from __future__ import annotations

import pytest

from bench.drivers import timer_memory
from bench.drivers.environment import Environment
from bench.drivers.timer_memory import NOLOCK, Tried, reserve_need, wants_reserve
from bench.errors import BenchError
from bench.host.memory import Available
from bench.host.reserve import CacheState, SlabObject

HERE = Environment(cpus=(0,), ksoftirqd={0: 14})


@pytest.fixture(autouse=True)
def _host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timer_memory, "slab_object", lambda: SlabObject(144, 40))
    monkeypatch.setattr(timer_memory, "cache_state", lambda size: CacheState(0, 0))
    monkeypatch.setattr(timer_memory.memory, "available", lambda: Available(1 << 40, "limit"))


def need(monkeypatch: pytest.MonkeyPatch, tried: Tried, *, known: bool) -> tuple[bool, str]:
    monkeypatch.setattr(timer_memory, "try_inits", lambda timers, environment: tried)
    monkeypatch.setattr(timer_memory, "known_to_fail", lambda: known)
    found = reserve_need(HERE)
    return found.needed, found.reason


@pytest.mark.parametrize("known", [True, False])
def test_timers_that_fail_need_a_reserve_whatever_the_kernel_s_functions_are_called(
    known: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed, reason = need(monkeypatch, Tried(failed=3, slabs_added=True), known=known)
    assert needed and reason.startswith("3 of 20,000 bpf_timer_init failed with ENOMEM")
    assert (NOLOCK in reason) is not known


@pytest.mark.parametrize("known", [True, False])
def test_a_kernel_that_adds_slabs_needs_none(known: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    needed, reason = need(monkeypatch, Tried(failed=0, slabs_added=True), known=known)
    assert not needed and reason.startswith("not needed: 20,000 timers initialised, and slabs")
    assert (f"{NOLOCK} was not found in this kernel" in reason) is not known


def test_left_over_slabs_prove_nothing_where_the_kernel_may_fail(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried = Tried(failed=0, slabs_added=False)
    assert need(monkeypatch, tried, known=True)[0]
    needed, reason = need(monkeypatch, tried, known=False)
    assert not needed and "left-over slabs only" in reason and "was not found" in reason


def test_where_it_cannot_be_tried_there_is_no_reserve(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(timers: int, environment: Environment) -> Tried:
        raise BenchError("no BPF")

    monkeypatch.setattr(timer_memory, "find_ksoftirqd", lambda: {0: 14})
    monkeypatch.setattr(timer_memory, "try_inits", refused)
    monkeypatch.setattr(timer_memory, "known_to_fail", lambda: False)
    assert not wants_reserve()
    monkeypatch.setattr(timer_memory, "known_to_fail", lambda: True)
    assert wants_reserve()
