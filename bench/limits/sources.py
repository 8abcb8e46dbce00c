"""Who claims what: the sources that rows name."""

from __future__ import annotations

ARTICLE = "article"
UAPI = "documentation: include/uapi/linux/bpf.h"
"""The helpers' documentation, which bpf-helpers(7) is made of."""
FACTS = "measured by this project"


def kernel(commit: str, release: str) -> str:
    """A kernel commit and the release it came with."""
    return f"kernel commit {commit} ({release})"


def code(place: str) -> str:
    """A function of the kernel's source."""
    return f"kernel source: {place}"


INTRODUCED = kernel('b00628b1c7d5 "bpf: Introduce bpf timers."', "5.15")
MAP_SIDE = kernel('68134668c17f "bpf: Add map side support for bpf timers."', "5.15")
POINTER_MISMATCH = kernel('3e8ce29850f1 "bpf: Prevent pointer mismatch in bpf_timer_init."', "5.15")
TRACING_BAN = kernel(
    '5e0bc3082e2e "bpf: Forbid bpf_ktime_get_coarse_ns and bpf_timer_* in tracing progs"', "5.16"
)
ABS_FLAG = kernel('f71f8530494b "bpf: Add support for absolute value BPF timers"', "6.4")
PIN_FLAG = kernel('d6247ecb6c1e "bpf: Add ability to pin bpf timer to calling CPU"', "6.7")
CANCELLING = kernel(
    'd4523831f07a "bpf: Fail bpf_timer_cancel when callback is being cancelled"', "6.10"
)
DEFERRED_FREE = kernel('a6fcd19d7eac "bpf: Defer work in bpf_timer_cancel_and_free"', "6.10")
ANY_CONTEXT = kernel('1bfbc267ec91 "bpf: Enable bpf_timer and bpf_wq in any context"', "7.0")
CANCEL_ASYNC_KFUNC = kernel('a7e172aa4ca2 "bpf: Introduce bpf_timer_cancel_async() kfunc"', "7.0")
IN_PLACE = kernel('343f2f4dc542 "hrtimer: Try to modify timers in place"', "7.1")
HRTICK = kernel(
    '9213aa4784cf "sched: Default enable HRTICK when deferred rearming is enabled"', "7.1"
)
SLEEPABLE = kernel('469d638d1520 "bpf: Fix sleepable context for async callbacks"', "6.19")
NO_RT = 'kernel commit "bpf: Reject bpf_timer for PREEMPT_RT"'
