"""The memory reserve does what it is for, on the kernel that needs it."""

from __future__ import annotations

from bench.drivers.environment import Environment
from bench.drivers.timer_memory import reserve_need, slab_object, try_inits
from bench.host.reserve import MemoryReserve, cache_state
from tests.kernel.leftovers import reserve_files

TIMERS = 30_000


def test_with_the_reserve_every_timer_can_be_initialised(environment: Environment) -> None:
    reserve = MemoryReserve(slab_object())
    reserve.grow(TIMERS)
    try:
        assert try_inits(TIMERS, environment).failed == 0
        # The timers are freed into the same slabs, after a while: it works again.
        reserve.settle(TIMERS)
        assert try_inits(TIMERS, environment).failed == 0
    finally:
        reserve.close()


def test_it_is_said_to_be_needed_exactly_where_timers_fail(environment: Environment) -> None:
    need = reserve_need(environment)
    beyond = cache_state(slab_object().cache_bytes).free + 10 * TIMERS
    assert need.needed == (try_inits(beyond, environment).failed > 0)


def test_growing_to_what_is_there_does_nothing_and_release_leaves_no_file() -> None:
    before = reserve_files()
    reserve = MemoryReserve(slab_object())
    reserve.grow(1_000)
    objects, held = reserve.objects, reserve_files()
    assert len(held - before) == 1
    reserve.grow(500)
    assert reserve.objects == objects
    reserve.close()
    assert reserve_files() == before
    assert reserve.objects == 0
