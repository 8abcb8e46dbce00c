"""What is known of bpf_timer by kernel version, to hold a matrix against. Data.

Versions are the upstream releases that changed the behaviour. A stable kernel may have a change
earlier: then its row deviates, which is worth knowing.
"""

from __future__ import annotations

from dataclasses import dataclass

from bench.limits.sources import (
    ABS_FLAG,
    ANY_CONTEXT,
    CANCEL_ASYNC_KFUNC,
    CANCELLING,
    HRTICK,
    IN_PLACE,
    INTRODUCED,
    MAP_SIDE,
    NO_RT,
    PIN_FLAG,
    TRACING_BAN,
    UAPI,
    code,
)
from bench.words.claims import Verdict

Version = tuple[int, int]
FIRST: Version = (5, 15)
HOLDS, FAILS = Verdict.HOLDS, Verdict.FAILS
REFUSED = "EOPNOTSUPP"
IN_NMI = "init {0}, set_callback {0}, start {0}, cancel EOPNOTSUPP"
DEFERRED = code("kernel/bpf/helpers.c: defer_timer_wq_op")
BAN = "tracing progs cannot use bpf_timer yet"
SINCE_RELATIVE = code(
    "bpf_timer_init asks for a relative mode; __hrtimer_setup then maps the clock"
)
REFERENCED = code("bpf_timer_init: map->usercnt")
FREED = code("bpf_timer_cancel_and_free")
TYPES = code("check_map_prog_compatibility: only tracing types are named")
REARMED_AT_ONCE = (
    "Debian's configuration of 7.2: CONFIG_HRTIMER_REARM_DEFERRED for amd64, none for arm64"
)
LOCKED = code("do_check: helpers under bpf_spin_lock")


@dataclass(frozen=True, slots=True)
class Expectation:
    """What kernels from ``since`` until before ``until`` are known to do with a claim.

    Attributes:
        says: Part of the kernel's answer; empty for any.
        until: None = no end is known.
        rt: Whether it is about PREEMPT_RT kernels; others are about all the rest.
        machine: The kernel's name of the only architecture that it is about; empty = each.
    """

    claim: str
    verdict: Verdict
    source: str
    says: str = ""
    since: Version = FIRST
    until: Version | None = None
    rt: bool = False
    machine: str = ""

    def fits(self, version: Version, *, rt: bool, machine: str) -> bool:
        """Whether it speaks of such a kernel."""
        early_enough = self.until is None or version < self.until
        alike = self.rt is rt and self.machine in ("", machine)
        return alike and self.since <= version and early_enough


def _each(claims: str, verdict: Verdict, source: str, says: str = "") -> tuple[Expectation, ...]:
    return tuple(Expectation(claim, verdict, source, says) for claim in claims.split())


def _changed(
    claim: str, version: Version, source: str, before: Verdict, after: Verdict, says: str = ""
) -> tuple[Expectation, ...]:
    """A claim whose verdict changed with a release; ``says`` is the answer before it."""
    return (
        Expectation(claim, before, source, says, until=version),
        Expectation(claim, after, source, since=version),
    )


def _banned(kind: str) -> tuple[Expectation, ...]:
    """The ban of tracing programs, from 5.16 until 7.0."""
    return (
        Expectation(f"prog.{kind}", FAILS, TRACING_BAN, until=(5, 16)),
        Expectation(f"prog.{kind}", HOLDS, TRACING_BAN, BAN, since=(5, 16), until=(7, 0)),
        Expectation(f"prog.{kind}", FAILS, ANY_CONTEXT, since=(7, 0)),
    )


_TRACING = "kprobe tracepoint perf_event raw_tracepoint raw_tracepoint_writable"
_FREE = (
    "prog.tracing_fentry prog.tracing_fexit prog.tracing_tp_btf prog.tracing_iter prog.xdp "
    "prog.sched_cls prog.sock_ops prog.cgroup_skb prog.socket_filter prog.sk_lookup prog.syscall"
)

EXPECTATIONS: tuple[Expectation, ...] = (
    *_each("kernel.since kernel.accepts", HOLDS, INTRODUCED),
    Expectation("kernel.preempt_rt", HOLDS, NO_RT, "cannot be used for PREEMPT_RT", rt=True),
    *(item for kind in _TRACING.split() for item in _banned(kind)),
    *_each(_FREE, HOLDS, TYPES, "accepted"),
    *_each("prog.tracing_fentry_attach prog.tracing_fexit_attach", HOLDS, TYPES, "attached"),
    Expectation("nmi.helpers", HOLDS, ANY_CONTEXT, IN_NMI.format(REFUSED), until=(7, 0)),
    Expectation("nmi.helpers", FAILS, ANY_CONTEXT, IN_NMI.format(0), since=(7, 0)),
    *_each("irq.init irq.set_callback irq.start irq.start_after_cancel", HOLDS, DEFERRED),
    Expectation("irq.cancel", HOLDS, DEFERRED, "1", until=(7, 0)),
    Expectation("irq.cancel", FAILS, ANY_CONTEXT, "EOPNOTSUPP", since=(7, 0)),
    Expectation("irq.cancel_async", HOLDS, CANCEL_ASYNC_KFUNC, "did not fire", since=(7, 0)),
    Expectation("danger.hrtimer_tracepoints", FAILS, ANY_CONTEXT, "0; fired", since=(7, 0)),
    *_changed("kernel.in_place", (7, 1), IN_PLACE, FAILS, HOLDS),
    Expectation("kernel.hrtick", HOLDS, HRTICK, since=(7, 1), machine="x86_64"),
    Expectation("kernel.hrtick", FAILS, REARMED_AT_ONCE, since=(7, 1), machine="aarch64"),
    *_changed("kernel.cancel_async", (7, 0), CANCEL_ASYNC_KFUNC, FAILS, HOLDS),
    *_each("callback.cancels_self", HOLDS, UAPI, "EDEADLK"),
    Expectation("callback.cancel_each_other", HOLDS, CANCELLING, "EDEADLK", since=(6, 10)),
    *_each("clock.0 clock.1 clock.7", HOLDS, INTRODUCED, "0"),
    *_each("clock.2 clock.3 clock.11 clock.16", HOLDS, INTRODUCED, "EINVAL"),
    *_each("clock.base_0", FAILS, SINCE_RELATIVE, "clockid is 1"),
    *_each("clock.base_1 clock.base_7", HOLDS, SINCE_RELATIVE),
    Expectation("clock.abs_0", FAILS, SINCE_RELATIVE, "did not fire", since=(6, 4)),
    *_changed("flag.abs", (6, 4), ABS_FLAG, FAILS, HOLDS, "EINVAL"),
    *_changed("flag.pin", (6, 7), PIN_FLAG, FAILS, HOLDS, "EINVAL"),
    Expectation("flag.pin_cpu", HOLDS, PIN_FLAG, since=(6, 7)),
    *_each("map.hash map.hash_noprealloc map.lru_hash map.array", HOLDS, MAP_SIDE, "accepted"),
    *_each("map.percpu_hash map.lru_percpu_hash map.percpu_array", HOLDS, MAP_SIDE, "EOPNOTSUPP"),
    *_each("inner.fires value.no_btf value.two_timers", HOLDS, MAP_SIDE),
    *_each("code.gpl code.cap_bpf code.callback_returns", HOLDS, INTRODUCED),
    *_each("field.load field.store field.probe_read", HOLDS, INTRODUCED),
    Expectation("value.spin_lock", FAILS, LOCKED, "accepted", since=(5, 17)),
    *_each("lock.start_under lock.cancel_under", HOLDS, LOCKED),
    *_changed("lock.sleepable", (6, 2), LOCKED, FAILS, HOLDS),
    *_each("demo.as_it_is", HOLDS, "kernel documentation: an XDP program's context is a packet"),
    *_each("reference.none reference.link", HOLDS, REFERENCED, "EPERM"),
    *_each("reference.descriptor reference.pin", HOLDS, REFERENCED, "0"),
    *_each("call.restart_after_cancel", HOLDS, code("bpf_timer_cancel"), "EINVAL"),
    *_each("release.update release.bpf_update release.lru_eviction", HOLDS, FREED),
    *_each("release.map release.killed", HOLDS, code("map_release_uref")),
    *_each("timeout.2_63 timeout.slack", HOLDS, code("bpf_timer_start: nsecs is unchecked")),
)
