"""What happens to an armed timer when its element, its map or its owner goes."""

from __future__ import annotations

import mmap
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from bench.host.reserve import cache_state, kmalloc_sizes
from bench.libbpf import btf
from bench.libbpf.maps import MAP_TYPES
from bench.limits.claim import CannotTryError, Claim, Outcome, judged
from bench.limits.lab import Lab
from bench.limits.rig import HOUR, KEYS, MS, SEEN, SETTLE_S, WAIT_S, Op, Rig, S, wait_until
from bench.limits.sources import INTRODUCED, code

EXPIRY_NS = 400 * MS
EXPIRIES_NS = (EXPIRY_NS, 10 * EXPIRY_NS)
"""Tried one after the other: a slow host may not remove the timer within the first."""
MANY = 4_000
"""Timers whose memory is looked for: far more than others allocate meanwhile."""
RETURNED_S = 10.0
LRU_ENTRIES, LRU_ARMED, LRU_OTHERS = 256, 192, 2_000
"""More armed than not: entries that were looked up are evicted only where they are the most."""
FREED = code("bpf_timer_cancel_and_free")
RELEASED = code("map_release_uref")
NO_COUNTERPART = "the timer that stayed did not fire either"

Removal = Callable[[Rig], None]


@contextmanager
def _counterpart(timeout_ns: int = EXPIRY_NS) -> Iterator[Rig]:
    """A timer that stays: once it fired, a removed one of the same timeout is overdue."""
    with Rig() as rig:
        rig.arm(timeout_ns)
        yield rig


def _overdue(counterpart: Rig, timeout_ns: int = EXPIRY_NS) -> None:
    if not wait_until(lambda: counterpart.fired() > 0, timeout_ns / S + WAIT_S):
        raise CannotTryError(NO_COUNTERPART, answer="did not fire")
    time.sleep(SETTLE_S)


def _ran(ran: bool) -> Outcome:
    return judged(not ran, "the callback ran" if ran else "the callback did not run")


def _never_runs(remove: Removal) -> Callable[[Lab], Outcome]:
    return _in_time(lambda timeout_ns: _removed(remove, timeout_ns))


def _in_time(remove: Callable[[int], Outcome | None]) -> Callable[[Lab], Outcome]:
    """An attempt with the first timeout that is not over before the removal."""

    def attempt(lab: Lab) -> Outcome:
        for timeout_ns in EXPIRIES_NS:
            outcome = remove(timeout_ns)
            if outcome is not None:
                return outcome
        raise CannotTryError("the timers expired before they could be removed", answer="fired")

    return attempt


def _removed(remove: Removal, timeout_ns: int) -> Outcome | None:
    """None if the timer may have expired before its removal."""
    with Rig() as counterpart, Rig() as rig:
        armed = time.monotonic_ns()
        rig.arm(timeout_ns)
        remove(rig)
        if time.monotonic_ns() - armed >= timeout_ns:
            return None
        counterpart.arm(timeout_ns)
        _overdue(counterpart, timeout_ns)
        return _ran(rig.fired() > 0)


def timer_cache_bytes() -> int:
    """Object size of the kmalloc cache that holds a timer."""
    timer = btf.vmlinux().struct("bpf_hrtimer")
    if timer is None:
        raise CannotTryError("the kernel's BTF has no struct bpf_hrtimer")
    return next(size for size in kmalloc_sizes() if size >= timer.size)


def _memory_returns(remove: Removal) -> Callable[[Lab], Outcome]:
    def attempt(lab: Lab) -> Outcome:
        size = timer_cache_bytes()

        def used() -> int:
            return cache_state(size).active

        with Rig() as rig:
            before = used()
            for key in range(MANY):
                rig.arm(HOUR, key)
            grown = used() - before > MANY / 2
            remove(rig)
            back = wait_until(lambda: used() - before < MANY / 4, RETURNED_S)
        if not grown:
            raise CannotTryError("/proc/slabinfo does not show the timers' memory")
        answer = "it came back" if back else f"it was not back after {RETURNED_S:g} s"
        return judged(back, answer)

    return attempt


def _delete(rig: Rig) -> None:
    rig.delete(0)


def _bpf_delete(rig: Rig) -> None:
    rig.do(Op.DELETE)


def _replace(rig: Rig) -> None:
    rig.insert(0)


def _bpf_replace(rig: Rig) -> None:
    rig.do(Op.UPDATE)


def _delete_all(rig: Rig) -> None:
    for key in range(MANY):
        rig.delete(key)


def _replace_all(rig: Rig) -> None:
    rig.insert(*range(MANY))


def _evicted(timeout_ns: int) -> Outcome | None:
    """None if a timer may have expired before its eviction."""
    with Rig() as counterpart, Rig(MAP_TYPES["lru_hash"], entries=LRU_ENTRIES) as rig:
        armed = time.monotonic_ns()
        for key in range(LRU_ARMED):
            rig.arm(timeout_ns, key)
        rig.insert(*range(1_000, 1_000 + LRU_OTHERS))
        if time.monotonic_ns() - armed >= timeout_ns:
            return None
        gone = [key for key in range(LRU_ARMED) if not rig.holds(key)]
        counterpart.arm(timeout_ns)
        _overdue(counterpart, timeout_ns)
        if not gone:
            raise CannotTryError("the map evicted none of the entries with a timer")
        return _ran(any(rig.fired(key) for key in gone))


def _program_kept(lab: Lab) -> Outcome:
    rig = Rig()
    try:
        rig.arm(EXPIRY_NS)
        keep = os.dup(rig.fd)
    finally:
        rig.close()
    try:
        ran = rig.wait_fired()
    finally:
        os.close(keep)
    return judged(ran, "the callback ran" if ran else "the callback did not run")


def _killed(lab: Lab) -> Outcome:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        child = os.fork()
        if not child:
            _arm_and_die(theirs)
        # All descriptors of the child's map are the child's.
        theirs.close()
        message, fds, _, _ = socket.recv_fds(ours, 16, 1)
        os.waitpid(child, 0)
        if message != b"armed" or not fds:
            raise CannotTryError("the child process could not arm a timer")
        memory = mmap.mmap(fds[0], KEYS * SEEN.itemsize)
        os.close(fds[0])
        with _counterpart() as counterpart:
            _overdue(counterpart)
        seen = np.frombuffer(memory, dtype=SEEN)
        return _ran(int(seen[0]["fired"]) > 0)


def _arm_and_die(channel: socket.socket) -> None:
    """In the child: arm a timer, hand over the counts only, and be killed."""
    try:
        rig = Rig()
        rig.arm(EXPIRY_NS)
        socket.send_fds(channel, [b"armed"], [rig.seen_fd()])
        os.kill(os.getpid(), signal.SIGKILL)
    finally:
        os._exit(1)


def _claim(slug: str, sentence: str, method: str, remove: Removal, source: str = FREED) -> Claim:
    return Claim(
        id=f"release.{slug}",
        sentence=sentence,
        source=source,
        method=f"{method}; a timer of the same timeout beside it fires",
        expected="the callback does not run",
        attempt=_never_runs(remove),
    )


def _memory(slug: str, sentence: str, remove: Removal) -> Claim:
    return Claim(
        id=f"release.memory_{slug}",
        sentence=sentence,
        source=FREED,
        method=f"{MANY:,} armed timers; used objects of their kmalloc cache in /proc/slabinfo",
        expected="it comes back",
        attempt=_memory_returns(remove),
    )


def release_claims() -> list[Claim]:
    """Removal of elements, maps and owners."""
    return [
        _claim("delete", "Deleting an element cancels its timer", "user space deletes", _delete),
        _claim(
            "bpf_delete", "So does deleting it in a BPF program", "a program deletes", _bpf_delete
        ),
        _claim(
            "update", "Updating an existing key cancels its timer", "user space updates", _replace
        ),
        _claim(
            "bpf_update", "So does updating it in a BPF program", "a program updates", _bpf_replace
        ),
        Claim(
            id="release.lru_eviction",
            sentence="Eviction from an LRU map cancels the timer",
            source=FREED,
            method=f"{LRU_ARMED} armed timers, {LRU_OTHERS:,} further keys in {LRU_ENTRIES} places",
            expected="no callback of an evicted entry runs",
            attempt=_in_time(_evicted),
        ),
        _claim(
            "map",
            "Closing a map's last descriptor cancels its timers",
            "closed",
            Rig.close,
            RELEASED,
        ),
        Claim(
            id="release.killed",
            sentence="A killed process leaves no timer behind",
            source=RELEASED,
            method="a child process arms a timer and is killed with SIGKILL",
            expected="the callback does not run",
            attempt=_killed,
        ),
        Claim(
            id="release.program_kept",
            sentence="An armed timer keeps its program: the callback runs after it was closed",
            source=INTRODUCED,
            method="the program's descriptors are closed, the map's is kept",
            expected="the callback runs",
            attempt=_program_kept,
        ),
        _memory("delete", "The memory of deleted timers is freed", _delete_all),
        _memory("update", "The memory of replaced timers is freed", _replace_all),
        _memory("map", "The memory of a closed map's timers is freed", Rig.close),
    ]
