"""The helpers in every order: what they answer, and what callbacks may do."""

from __future__ import annotations

import errno
import itertools
import time
from collections.abc import Callable
from pathlib import Path

from bench.errors import errno_name
from bench.host.affinity import running_on
from bench.host.cpus import find_cpus
from bench.libbpf import btf
from bench.limits.answers import result_text
from bench.limits.claim import CannotTryError, Claim, Outcome, judged
from bench.limits.lab import Lab
from bench.limits.rig import HOUR, MS, SETTLE_S, Callback, Rig, wait_until
from bench.limits.sources import ARTICLE, CANCELLING, DEFERRED_FREE, INTRODUCED, UAPI, code

TIMER_LIST = Path("/proc/timer_list")
MUTUAL_ATTEMPTS = 20

Sequence = Callable[[Rig], int]


def fixed_for_mutual_cancel() -> bool:
    """Whether the kernel has the fix of CVE-2024-41045 and CVE-2024-42239, also as backport.

    It came with a member ``cancelling`` of ``struct bpf_hrtimer``.
    """
    timer = btf.vmlinux().struct("bpf_hrtimer")
    return timer is not None and "cancelling" in {member.name for member in timer.members}


def _answers(wanted: int, sequence: Sequence) -> Callable[[Lab], Outcome]:
    """An attempt: the last helper of a sequence must answer ``wanted``."""

    def attempt(lab: Lab) -> Outcome:
        with Rig() as rig:
            rig.insert(0)
            result = sequence(rig)
        return judged(result == wanted, result_text(result), errno=errno_name(min(result, 0)))

    return attempt


def _call(
    slug: str, sentence: str, method: str, wanted: int, sequence: Sequence, source: str = UAPI
) -> Claim:
    return Claim(
        id=f"call.{slug}",
        sentence=sentence,
        source=source,
        method=method,
        expected=result_text(wanted),
        attempt=_answers(wanted, sequence),
    )


def _restart_after_cancel(rig: Rig) -> int:
    rig.arm(HOUR)
    rig.cancel()
    return rig.start(MS)


def _with_new_callback(lab: Lab) -> Outcome:
    with Rig() as rig:
        rig.arm(HOUR)
        rig.cancel()
        rig.callback()
        result = rig.start(MS)
        fired = rig.wait_fired()
    answer = f"{result_text(result)}; {'fired' if fired else 'did not fire'}"
    return judged(result == 0 and fired, answer, errno=errno_name(min(result, 0)))


def _pushed_back(lab: Lab) -> Outcome:
    with Rig() as rig:
        rig.arm(HOUR)
        first = int(rig.look()["expiry_ns"])
        result = rig.start(2 * HOUR)
        moved = int(rig.look()["expiry_ns"]) - first >= HOUR
    answer = f"{result_text(result)}; {'the expiry moved' if moved else 'the expiry stayed'}"
    return judged(result == 0 and moved, answer)


def _armed(rig: Rig) -> int:
    rig.arm(HOUR)
    return rig.cancel()


def _twice(rig: Rig) -> int:
    rig.init()
    return rig.init()


def _no_callback(rig: Rig) -> int:
    rig.init()
    return rig.start(MS)


def _idle(rig: Rig) -> int:
    rig.prepare()
    return rig.cancel()


def order_claims() -> list[Claim]:
    """Answers that depend on what was called before."""
    again = "cancelled, then started without set_callback"
    return [
        _call(
            "double_init", "A second bpf_timer_init is refused", "init, init", -errno.EBUSY, _twice
        ),
        _call(
            "callback_before_init",
            "bpf_timer_set_callback before init is refused",
            "set_callback of a new entry",
            -errno.EINVAL,
            Rig.callback,
        ),
        _call(
            "start_before_init",
            "bpf_timer_start before init is refused",
            "start of a new entry",
            -errno.EINVAL,
            lambda rig: rig.start(MS),
        ),
        _call(
            "cancel_before_init",
            "bpf_timer_cancel before init is refused",
            "cancel of a new entry",
            -errno.EINVAL,
            Rig.cancel,
        ),
        _call(
            "start_without_callback",
            "bpf_timer_start without a callback is refused",
            "init, start",
            -errno.EINVAL,
            _no_callback,
        ),
        _call("cancel_armed", "bpf_timer_cancel of an armed timer returns 1", "cancel", 1, _armed),
        _call("cancel_idle", "bpf_timer_cancel of an idle timer returns 0", "cancel", 0, _idle),
        _call(
            "restart_after_cancel",
            "After bpf_timer_cancel the callback is gone: start is refused",
            again,
            -errno.EINVAL,
            _restart_after_cancel,
            code("bpf_timer_cancel drops the callback"),
        ),
        Claim(
            id="call.restart_with_callback",
            sentence="After bpf_timer_cancel and set_callback the timer can be started again",
            source=code("bpf_timer_cancel drops the callback"),
            method="cancelled, set_callback, start; the callback's count",
            expected="0; fires",
            attempt=_with_new_callback,
        ),
        Claim(
            id="call.push_back",
            sentence="Starting an armed timer moves its expiry",
            source=UAPI,
            method="started twice; the kernel's expiry after each",
            expected="0; the expiry moves",
            attempt=_pushed_back,
        ),
    ]


def _in_callback(callback: Callback, wanted: int) -> Callable[[Lab], Outcome]:
    def attempt(lab: Lab) -> Outcome:
        with Rig() as rig:
            rig.arm(MS, callback=callback)
            if not rig.wait_fired():
                raise CannotTryError("the callback did not run", answer="did not fire")
            result = rig.result()
        return judged(result == wanted, result_text(result), errno=errno_name(min(result, 0)))

    return attempt


def _deletes_other(lab: Lab) -> Outcome:
    if not fixed_for_mutual_cancel():
        why = "CVE-2024-41045: this kernel may lock up when callbacks delete each other's timers"
        raise CannotTryError(why)
    with Rig() as rig:
        rig.arm(100 * MS, 1)
        rig.arm(100 * MS, 2)
        rig.arm(MS, 0, Callback.DELETES_OTHER)
        counterpart = rig.wait_fired(0) and rig.wait_fired(2)
        time.sleep(SETTLE_S)
        result, late = rig.result(0), rig.fired(1)
    if not counterpart:
        raise CannotTryError("a timer beside it did not fire", answer="did not fire")
    answer = f"{result_text(result)}; its callback {'ran' if late else 'did not run'}"
    return judged(result == 0 and not late, answer, errno=errno_name(min(result, 0)))


def _restarts(lab: Lab) -> Outcome:
    with Rig() as rig:
        rig.arm(MS, callback=Callback.STARTS_SELF)
        fired = rig.wait_fired(times=3)
        result = rig.result()
    return judged(fired and result == 0, f"{result_text(result)}; {'fired' if fired else 'no'}")


def _mutual(lab: Lab) -> Outcome:
    if not fixed_for_mutual_cancel():
        why = "CVE-2024-41045 and CVE-2024-42239: this kernel locks up when it is tried"
        raise CannotTryError(why)
    cpus = find_cpus().usable
    if len(cpus) < 2:
        raise CannotTryError("it takes two CPUs")
    with Rig() as rig:
        for attempt in range(MUTUAL_ATTEMPTS):
            first = attempt * 2
            results = _cancel_each_other(rig, first, (cpus[0], cpus[1]))
            if results is not None:
                deadlk = -errno.EDEADLK
                held = deadlk in results and all(r in (0, 1, deadlk) for r in results)
                answer = "EDEADLK for at least one of the two" if held else "no EDEADLK"
                return judged(held, answer, errno="EDEADLK" if held else "")
    raise CannotTryError("the two callbacks never ran at the same time")


def _cancel_each_other(rig: Rig, first: int, cpus: tuple[int, int]) -> tuple[int, int] | None:
    """Answers of two callbacks that cancelled each other, None if they did not meet."""
    for key, cpu in zip((first, first + 1), cpus, strict=True):
        rig.prepare(key, callback=Callback.CANCELS_OTHER)
        with running_on(cpu):
            rig.start(5 * MS, key)
    if not (rig.wait_fired(first) and rig.wait_fired(first + 1)):
        return None
    if not (rig.seen[first]["met"] and rig.seen[first + 1]["met"]):
        return None
    return rig.result(first), rig.result(first + 1)


def _cancel_waits(lab: Lab) -> Outcome:
    cpus = find_cpus().usable
    if len(cpus) < 2:
        raise CannotTryError("it takes two CPUs")
    with Rig() as rig:
        for key in range(MUTUAL_ATTEMPTS):
            rig.prepare(2 * key, callback=Callback.WAITS)
            with running_on(cpus[0]):
                rig.start(MS, 2 * key)
            with running_on(cpus[1]):
                if not wait_until(lambda key=key: bool(rig.seen[2 * key]["running"]), 0.2):  # type: ignore[misc]
                    continue
                rig.cancel(2 * key)
                ended = rig.fired(2 * key) == 1
            answer = "the callback had ended" if ended else "the callback still ran"
            return judged(ended, answer)
    raise CannotTryError("the callback was never seen running from another CPU")


def _is_hrtimer(lab: Lab) -> Outcome:
    with Rig() as rig:
        rig.arm(HOUR)
        look = rig.look()
        try:
            lines = TIMER_LIST.read_text().splitlines()
        except OSError as error:
            raise CannotTryError(f"{TIMER_LIST} cannot be read: {error.strerror}") from error
    expiry = f"expires at {int(look['expiry_ns'])}-"
    # The line above the one with the expiry names the function.
    named = [above for above, line in itertools.pairwise(lines) if expiry in line]
    found = any("bpf_timer_cb" in line for line in named)
    answer = "listed with function bpf_timer_cb" if found else "not listed"
    return judged(found, f"{answer} in {TIMER_LIST}")


def _soft(lab: Lab) -> Outcome:
    with Rig() as rig:
        rig.arm(HOUR)
        soft = bool(rig.look()["soft"])
    return judged(soft, f"hrtimer.is_soft is {int(soft)}")


def callback_claims() -> list[Claim]:
    """What a timer is, and what its callback may do."""
    return [
        Claim(
            id="callback.hrtimer",
            sentence="A bpf_timer is an hrtimer of the kernel",
            source=f"{ARTICLE}; {INTRODUCED}",
            method=f"armed, then looked for in {TIMER_LIST} by its expiry",
            expected="listed with function bpf_timer_cb",
            attempt=_is_hrtimer,
        ),
        Claim(
            id="callback.softirq",
            sentence="Callbacks always run in softirq context",
            source=INTRODUCED,
            method="hrtimer.is_soft of an armed timer, read by CO-RE",
            expected="hrtimer.is_soft is 1",
            attempt=_soft,
        ),
        Claim(
            id="callback.restarts_self",
            sentence="A callback may start its own timer again",
            source=UAPI,
            method="a callback that starts its timer until it ran three times",
            expected="0; fires again",
            attempt=_restarts,
        ),
        Claim(
            id="callback.cancels_self",
            sentence="bpf_timer_cancel of the own timer in its callback is refused",
            source=f"{ARTICLE}; {UAPI}",
            method="a callback that cancels its own timer",
            expected="EDEADLK",
            attempt=_in_callback(Callback.CANCELS_SELF, -errno.EDEADLK),
        ),
        Claim(
            id="callback.cancel_each_other",
            sentence="Two running callbacks that cancel each other get EDEADLK, not a lock-up",
            source=CANCELLING,
            method="two callbacks on two CPUs wait for each other, then cancel each other",
            expected="EDEADLK for at least one of the two",
            attempt=_mutual,
        ),
        Claim(
            id="callback.cancel_waits",
            sentence="bpf_timer_cancel waits for a callback that runs on another CPU",
            source=UAPI,
            method="cancelled from one CPU while the callback runs for 20 ms on another",
            expected="the callback had ended",
            attempt=_cancel_waits,
        ),
        Claim(
            id="callback.deletes_self",
            sentence="A callback may delete its own map element",
            source=code("bpf_timer_cancel_and_free"),
            method="a callback that deletes the element of its timer",
            expected="0",
            attempt=_in_callback(Callback.DELETES_SELF, 0),
        ),
        Claim(
            id="callback.deletes_other",
            sentence="A callback may delete another element with an armed timer",
            source=DEFERRED_FREE,
            method="a callback that deletes the element of a timer due later",
            expected="0; its callback does not run",
            attempt=_deletes_other,
        ),
    ]


def call_claims() -> list[Claim]:
    """All of the above."""
    return [*order_claims(), *callback_claims()]
