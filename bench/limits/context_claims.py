"""The kernel itself: release, PREEMPT_RT, NMI, and what is too dangerous to try."""

from __future__ import annotations

import os
from collections.abc import Callable

from bench.host.kernel_facts import hrtick
from bench.libbpf import btf
from bench.limits.claim import CannotTryError, Claim, Outcome, judged
from bench.limits.lab import Lab
from bench.limits.loading import loaded, preempt_rt
from bench.limits.nmi import answers_in_nmi
from bench.limits.sources import ARTICLE, CANCEL_ASYNC_KFUNC, HRTICK, IN_PLACE, NO_RT, code

RT_SENTENCE = "bpf_timer cannot be used for PREEMPT_RT"
CANCEL_ASYNC = "bpf_timer_cancel_async"


def _has_timer(lab: Lab) -> Outcome:
    if preempt_rt():
        raise CannotTryError("this kernel is PREEMPT_RT")
    tried = loaded("verifier", "counterpart")
    return judged(tried.accepted, tried.text, errno=tried.errno)


def _rt(lab: Lab) -> Outcome:
    tried = loaded("verifier", "counterpart")
    if not preempt_rt():
        raise CannotTryError("this kernel is not PREEMPT_RT", answer=tried.text, errno=tried.errno)
    return judged(RT_SENTENCE in tried.line, tried.text, errno=tried.errno)


def _since_5_15(lab: Lab) -> Outcome:
    has = btf.vmlinux().struct("bpf_hrtimer") is not None
    major, minor = (int(part) for part in os.uname().release.split(".")[:2])
    new = (major, minor) >= (5, 15)
    there = "struct bpf_hrtimer is there" if has else "no struct bpf_hrtimer"
    return judged(has == new, f"kernel {'5.15 or newer' if new else 'before 5.15'}; {there}")


def _cancel_async(lab: Lab) -> Outcome:
    tried = loaded("cancel_async", "cancels")
    if not btf.vmlinux().has_function(CANCEL_ASYNC):
        return judged(False, "no such kfunc", errno=tried.errno)
    return judged(tried.accepted, tried.text, errno=tried.errno)


def _in_place(lab: Lab) -> Outcome:
    timer = btf.vmlinux().struct("hrtimer")
    members = {member.name for member in timer.members} if timer else set()
    there = "is_queued" in members
    return judged(there, f"struct hrtimer has {'is_queued' if there else 'no is_queued'}")


def _hrtick(lab: Lab) -> Outcome:
    on = hrtick()
    if on is None:
        raise CannotTryError("debugfs shows no features of the scheduler (sched/features)")
    return judged(on, "HRTICK" if on else "NO_HRTICK")


def _dangerous(reason: str) -> Callable[[Lab], Outcome]:
    def attempt(lab: Lab) -> Outcome:
        raise CannotTryError(reason)

    return attempt


def _danger(slug: str, sentence: str, source: str, reason: str) -> Claim:
    return Claim(
        id=f"danger.{slug}",
        sentence=sentence,
        source=source,
        method="not made",
        expected="a hang or a crash",
        attempt=_dangerous(reason),
        needs_timer=False,
    )


def context_claims() -> list[Claim]:
    """Release, real-time kernels, NMI, kfuncs, known bugs."""
    return [
        Claim(
            id="kernel.since",
            sentence="Kernel 5.15 and newer have bpf_timer, older ones do not",
            source=ARTICLE,
            method="struct bpf_hrtimer in the kernel's BTF; release of uname",
            expected="there from 5.15 on",
            attempt=_since_5_15,
            needs_timer=False,
        ),
        Claim(
            id="kernel.accepts",
            sentence="A kernel that is not PREEMPT_RT accepts a program with a timer",
            source=ARTICLE,
            method="a tc program that arms a timer, loaded",
            expected="accepted",
            attempt=_has_timer,
            needs_timer=False,
        ),
        Claim(
            id="kernel.preempt_rt",
            sentence="A PREEMPT_RT kernel refuses every program with a timer",
            source=NO_RT,
            method="a tc program that arms a timer, loaded; uname shows PREEMPT_RT",
            expected=f'EOPNOTSUPP: "{RT_SENTENCE}."',
            attempt=_rt,
            needs_timer=False,
        ),
        Claim(
            id="kernel.cancel_async",
            sentence=f"The kernel has the kfunc {CANCEL_ASYNC}",
            source=CANCEL_ASYNC_KFUNC,
            method="a tc program that calls it, loaded",
            expected="accepted",
            attempt=_cancel_async,
            note="It comes with kernel 7.0.",
        ),
        Claim(
            id="kernel.in_place",
            sentence="A queued timer that is started again is moved in place if its order allows",
            source=IN_PLACE,
            method="member is_queued of struct hrtimer in the kernel's BTF",
            expected="struct hrtimer has is_queued",
            attempt=_in_place,
            needs_timer=False,
            note="It comes with kernel 7.1, and makes pushing back cheaper.",
        ),
        Claim(
            id="kernel.hrtick",
            sentence="The scheduler ends time slices by an hrtimer (HRTICK) by default",
            source=HRTICK,
            method="features of the scheduler in debugfs",
            expected="HRTICK",
            attempt=_hrtick,
            needs_timer=False,
            note="It is on from kernel 7.1 on, where the machine's timers permit.",
        ),
        Claim(
            id="nmi.helpers",
            sentence="In an NMI every bpf_timer helper is refused",
            source=f"{ARTICLE}; {code('bpf_timer_init, bpf_timer_start: in_nmi()')}",
            method="tp_btf/nmi_handler calls each helper in a real NMI (--send-nmi, --wait-nmi)",
            expected="EOPNOTSUPP from each",
            attempt=answers_in_nmi,
            note="Kernel 7.0 lifts it: work is deferred to irq_work.",
        ),
        _danger(
            "init_memcg",
            "bpf_timer_init at a memory cgroup's limit may crash (CVE-2025-39886)",
            "CVE-2025-39886; mended in 6.6.107, 6.12.48, 6.16.8",
            "an affected kernel would crash, and one that is not would show nothing",
        ),
    ]
