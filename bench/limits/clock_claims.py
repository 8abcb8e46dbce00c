"""Clocks, flags and timeouts of bpf_timer."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable
from dataclasses import replace

from bench.errors import errno_name
from bench.host.affinity import running_on
from bench.host.cpus import find_cpus
from bench.limits.claim import CannotTryError, Claim, Outcome, judged
from bench.limits.lab import Lab
from bench.limits.rig import (
    BOOTTIME,
    HOUR,
    MONOTONIC,
    MS,
    REALTIME,
    SETTLE_S,
    Rig,
    wait_until,
)
from bench.limits.sources import ABS_FLAG, ARTICLE, INTRODUCED, PIN_FLAG, UAPI, code

CLOCKS = {
    0: "CLOCK_REALTIME",
    1: "CLOCK_MONOTONIC",
    2: "CLOCK_PROCESS_CPUTIME_ID",
    3: "CLOCK_THREAD_CPUTIME_ID",
    4: "CLOCK_MONOTONIC_RAW",
    5: "CLOCK_REALTIME_COARSE",
    6: "CLOCK_MONOTONIC_COARSE",
    7: "CLOCK_BOOTTIME",
    8: "CLOCK_REALTIME_ALARM",
    9: "CLOCK_BOOTTIME_ALARM",
    10: "CLOCK_SGI_CYCLE",
    11: "CLOCK_TAI",
    16: "none, MAX_CLOCKS",
}
"""include/uapi/linux/time.h."""
ALLOWED = (REALTIME, MONOTONIC, BOOTTIME)
ABS, PIN = 1, 2
"""BPF_F_TIMER_ABS, BPF_F_TIMER_CPU_PIN."""
NEVER_NS = (1 << 63) - 1
"""KTIME_MAX, to which ``ktime_add_safe`` limits an expiry; include/linux/ktime.h."""
BASE = code("bpf_timer_init, __hrtimer_setup")


def _clock(number: int) -> Claim:
    allowed = number in ALLOWED

    def attempt(lab: Lab) -> Outcome:
        with Rig() as rig:
            rig.insert(0)
            result = rig.init(clock=number)
        answer = errno_name(result) or "0"
        return judged(result == (0 if allowed else -errno.EINVAL), answer, errno=errno_name(result))

    return Claim(
        id=f"clock.{number}",
        sentence=f"Clock {number} ({CLOCKS[number]}) is {'allowed' if allowed else 'refused'}",
        source=f"{ARTICLE}; {INTRODUCED}",
        method=f"bpf_timer_init with clock {number}",
        expected="0" if allowed else "EINVAL",
        attempt=attempt,
    )


def _runs_on(number: int) -> Claim:
    def attempt(lab: Lab) -> Outcome:
        with Rig() as rig:
            rig.prepare(clock=number)
            base = int(rig.look()["clock"])
        answer = f"hrtimer.base->clockid is {base} ({CLOCKS.get(base, 'unknown')})"
        why = (
            f"The kernel set the timer up on clock {base}: bpf_timer_init asks for a relative mode."
        )
        return judged(base == number, answer, reason=why)

    return Claim(
        id=f"clock.base_{number}",
        sentence=f"A timer of {CLOCKS[number]} really runs on it",
        source=f"{ARTICLE}; {BASE}",
        method="hrtimer.base->clockid of the initialised timer, read by CO-RE",
        expected=f"clock {number}",
        attempt=attempt,
    )


def _fires_at(number: int) -> Claim:
    def attempt(lab: Lab) -> Outcome:
        _need_abs()
        with Rig() as rig:
            rig.prepare(0, clock=number)
            rig.prepare(1, clock=MONOTONIC)
            rig.start(time.clock_gettime_ns(number) + 20 * MS, 0, ABS)
            rig.start(time.clock_gettime_ns(MONOTONIC) + 20 * MS, 1, ABS)
            counterpart = rig.wait_fired(1)
            fired = wait_until(lambda: rig.fired(0) > 0, 0.3)
        if not counterpart:
            raise CannotTryError("an absolute timer of CLOCK_MONOTONIC did not fire either")
        answer = "fired" if fired else "did not fire; one of CLOCK_MONOTONIC did"
        why = "The time given is read as CLOCK_MONOTONIC, where it lies decades ahead."
        return judged(fired, answer, reason=why)

    return Claim(
        id=f"clock.abs_{number}",
        sentence=f"With BPF_F_TIMER_ABS a timer of {CLOCKS[number]} fires at that clock's time",
        source=f"{UAPI}; {ABS_FLAG}",
        method="started 20 ms ahead of the clock; one of CLOCK_MONOTONIC beside it",
        expected="fires",
        attempt=attempt,
    )


def _start(timeout_ns: int = HOUR, flags: int = 0) -> int:
    with Rig() as rig:
        rig.prepare()
        return rig.start(timeout_ns, flags=flags)


def _need_abs() -> None:
    if _start(flags=ABS) < 0:
        why = "this kernel refuses BPF_F_TIMER_ABS"
        raise CannotTryError(why, answer="EINVAL", errno="EINVAL")


def _flag_accepted(lab: Lab, flags: int) -> Outcome:
    result = _start(flags=flags)
    return judged(result == 0, errno_name(result) or "0", errno=errno_name(result))


def _flag(slug: str, name: str, flags: int, source: str, note: str) -> Claim:
    return Claim(
        id=f"flag.{slug}",
        sentence=f"bpf_timer_start accepts {name}",
        source=source,
        method="bpf_timer_start with the flag",
        expected="0",
        attempt=lambda lab: _flag_accepted(lab, flags),
        note=note,
    )


def _no_flag(flags: int) -> Claim:
    def attempt(lab: Lab) -> Outcome:
        result = _start(flags=flags)
        return judged(result == -errno.EINVAL, errno_name(result) or "0", errno=errno_name(result))

    bit = flags.bit_length() - 1
    return Claim(
        id=f"flag.bit_{bit}",
        sentence=f"bpf_timer_start refuses a flag that does not exist (bit {bit})",
        source=code("bpf_timer_start"),
        method=f"bpf_timer_start with flags {flags:#x}; without flags it is accepted",
        expected="EINVAL",
        attempt=attempt,
    )


def _pinned(lab: Lab) -> Outcome:
    result = _start(flags=PIN)
    if result < 0:
        name = errno_name(result)
        raise CannotTryError("this kernel refuses the flag", answer=name, errno=name)
    ran = []
    with Rig() as rig:
        for cpu in find_cpus().usable:
            with running_on(cpu):
                rig.prepare(cpu)
                rig.start(5 * MS, cpu, PIN)
            rig.wait_fired(cpu)
            ran.append(rig.fired(cpu) == 1 and int(rig.seen[cpu]["cpu"]) == cpu)
    answer = "each ran on the CPU that started it" if all(ran) else "some ran elsewhere"
    return judged(all(ran), answer)


def _soon(timeout_ns: int) -> Callable[[Lab], Outcome]:
    def attempt(lab: Lab) -> Outcome:
        with Rig() as rig:
            rig.prepare()
            result = rig.start(timeout_ns)
            fired = rig.wait_fired()
        answer = errno_name(result) or ("0; fired" if fired else "0; did not fire")
        return judged(fired, answer, errno=errno_name(result))

    return attempt


def _day(lab: Lab) -> Outcome:
    day = 24 * HOUR
    with Rig() as rig:
        rig.prepare()
        begin = time.monotonic_ns()
        result = rig.start(day)
        end = time.monotonic_ns()
        look = rig.look()
    exact = begin + day <= int(look["expiry_ns"]) <= end + day
    answer = f"{errno_name(result) or '0'}; expiry {'now + 1 day' if exact else 'another'}"
    return judged(exact and bool(look["queued"]), answer, errno=errno_name(result))


def _never(lab: Lab) -> Outcome:
    with Rig() as rig:
        rig.prepare()
        result = rig.start(1 << 63)
        look = rig.look()
        fired = wait_until(lambda: rig.fired() > 0, SETTLE_S)
    clamped = int(look["expiry_ns"]) == NEVER_NS
    where = "expiry KTIME_MAX, in 292 years" if clamped else "another expiry"
    answer = f"{errno_name(result) or '0'}; {where}"
    held = result == 0 and clamped and not fired
    return judged(held, answer, errno=errno_name(result))


def _no_slack(lab: Lab) -> Outcome:
    with Rig() as rig:
        rig.prepare()
        begin = time.monotonic_ns()
        rig.start(10 * MS)
        end = time.monotonic_ns()
        expiry = int(rig.look()["expiry_ns"])
    exact = begin <= expiry - 10 * MS <= end
    return judged(exact, "expiry is the time of the call plus the timeout" if exact else "later")


def _timeout(slug: str, sentence: str, expected: str, attempt: Callable[[Lab], Outcome]) -> Claim:
    return Claim(
        id=f"timeout.{slug}",
        sentence=sentence,
        source=code("bpf_timer_start: nsecs is an unchecked u64"),
        method="bpf_timer_start; the callback's count and the kernel's expiry",
        expected=expected,
        attempt=attempt,
    )


def clock_claims() -> list[Claim]:
    """Clock ids, the clock a timer really runs on, flags, timeouts."""
    older = "It came with kernel 6.4; before that every flag is EINVAL."
    newer = "It came with kernel 6.7."
    pinned = Claim(
        id="flag.pin_cpu",
        sentence="With BPF_F_TIMER_CPU_PIN the callback runs on the CPU that started it",
        source=PIN_FLAG,
        method="started once on every CPU that bench may use; the CPU of each callback",
        expected="each on its own CPU",
        attempt=_pinned,
        note=newer,
    )
    slack = _timeout("slack", "No slack is added to a timeout", "call plus timeout", _no_slack)
    return [
        *map(_clock, CLOCKS),
        *map(_runs_on, ALLOWED),
        *map(_fires_at, (REALTIME, BOOTTIME)),
        _flag("abs", "BPF_F_TIMER_ABS", ABS, ABS_FLAG, older),
        _flag("pin", "BPF_F_TIMER_CPU_PIN", PIN, PIN_FLAG, newer),
        _flag("abs_pin", "both flags together", ABS | PIN, f"{ABS_FLAG}; {PIN_FLAG}", newer),
        pinned,
        _no_flag(1 << 2),
        _no_flag(1 << 63),
        _timeout("0", "A timeout of 0 is allowed and fires", "0; fires", _soon(0)),
        replace(
            _timeout("100ns", "A timeout of 100 ns is allowed and fires", "0; fires", _soon(100)),
            source=ARTICLE,
        ),
        _timeout("1day", "A timeout of 1 day is allowed", "0; expiry now + 1 day", _day),
        _timeout("2_63", "A timeout of 2^63 ns never fires", "0; KTIME_MAX", _never),
        slack,
    ]
