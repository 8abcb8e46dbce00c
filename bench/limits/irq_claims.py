"""Operations where interrupts are off, and where the timer base is locked."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.errors import KernelRefusedError, errno_name
from bench.libbpf import btf
from bench.limits.answers import result_text
from bench.limits.claim import CannotTryError, Claim, Outcome, judged
from bench.limits.lab import Lab
from bench.limits.loading import opened
from bench.limits.rig import ENOMEM_ATTEMPTS, HOUR, MS, wait_until
from bench.limits.sources import ANY_CONTEXT, CANCEL_ASYNC_KFUNC, code
from bench.resources import Resource

CANCEL_ASYNC = "bpf_timer_cancel_async"
ORDER = np.dtype(
    [
        ("due", "u4"),
        ("op", "u4"),
        ("timeout_ns", "u8"),
        ("done", "u4"),
        ("pad", "u4"),
        ("init", "i8"),
        ("set_callback", "i8"),
        ("start", "i8"),
        ("cancel", "i8"),
        ("fired", "u8"),
    ]
)
"""``struct limits_order`` of ``bpf/limits/irq_off.bpf.c``."""
CONTEXT = np.dtype([("unused", "u8")])
INIT, SET_CALLBACK, START, CANCEL, CANCEL_ASYNC_OP, RESTART = range(6)
"""``enum operation`` there."""
SOON = 300 * MS
LATER_S = 0.6
"""Long enough for a timer of SOON to have fired."""
IN_INTERRUPT, ON_START, IN_TASK = "in_interrupt", "on_start", "in_task"


def any_context() -> bool:
    """Whether the kernel defers operations that come where interrupts are off (from 7.0 on)."""
    return btf.vmlinux().has_function(CANCEL_ASYNC)


class Orders(Resource):
    """A timer, and a program that works on it from the place that its name says."""

    def __init__(self, place: str) -> None:
        """Load and attach.

        Raises:
            CannotTryError: The kernel refuses the program or has no such tracepoint.
        """
        with self.acquiring() as held:
            self._made = held.enter_context(opened("irq_off"))
            self._made.load_only([place, IN_TASK])
            try:
                self._made.load()
                self._made.attach(place)
            except KernelRefusedError as error:
                why = f"the kernel refuses the program that tries it ({error.problem})"
                raise CannotTryError(why, errno=errno_name(error.errno)) from error
            self.order: npt.NDArray[Any] = self._made.map("orders").view(ORDER)

    def _ordered(self, op: int, timeout_ns: int) -> None:
        self.order["done"], self.order["op"], self.order["timeout_ns"] = 0, op, timeout_ns
        self.order["due"] = 1

    def task(self, op: int, timeout_ns: int = HOUR) -> None:
        """One operation in a task with interrupts on; it must succeed."""
        name = ("init", "set_callback", "start")[op]
        for _ in range(ENOMEM_ATTEMPTS):
            self._ordered(op, timeout_ns)
            self._made.run(IN_TASK, np.zeros(1, dtype=CONTEXT))
            result = int(self.order[name][0])
            if result != -errno.ENOMEM:
                break
            time.sleep(0.001)
        if result < 0:
            raise CannotTryError(f"{name} in a task failed with {errno_name(result)}")

    def armed(self, timeout_ns: int = HOUR) -> None:
        """Init, set the callback and start, in a task."""
        for op in (INIT, SET_CALLBACK, START):
            self.task(op, timeout_ns)

    def there(self, op: int, timeout_ns: int = MS) -> None:
        """One operation in the place."""
        self._ordered(op, timeout_ns)
        if not wait_until(lambda: bool(self.order["done"][0])):
            raise CannotTryError("the program was not called there within 3 s")

    def answer(self, name: str) -> int:
        """What a helper answered last."""
        return int(self.order[name][0])

    @property
    def fired(self) -> bool:
        """Whether the callback has run, or runs soon."""
        return wait_until(lambda: int(self.order["fired"][0]) > 0, LATER_S)


def _init(lab: Lab) -> Outcome:
    with Orders(IN_INTERRUPT) as orders:
        for _ in range(ENOMEM_ATTEMPTS):
            orders.there(INIT)
            if orders.answer("init") != -errno.ENOMEM:
                break
        return _plain(orders.answer("init"), 0)


def _set_callback(lab: Lab) -> Outcome:
    with Orders(IN_INTERRUPT) as orders:
        orders.task(INIT)
        orders.there(SET_CALLBACK)
        return _plain(orders.answer("set_callback"), 0)


def _plain(result: int, wanted: int) -> Outcome:
    return judged(result == wanted, result_text(result), errno=errno_name(min(result, 0)))


def _start(lab: Lab) -> Outcome:
    with Orders(IN_INTERRUPT) as orders:
        orders.task(INIT)
        orders.task(SET_CALLBACK)
        orders.there(START)
        result, fired = orders.answer("start"), orders.fired
    answer = f"{result_text(result)}; {'fired' if fired else 'did not fire'}"
    return judged(result == 0 and fired, answer, errno=errno_name(min(result, 0)))


def _cancel(lab: Lab) -> Outcome:
    with Orders(IN_INTERRUPT) as orders:
        orders.armed()
        orders.there(CANCEL)
        return _plain(orders.answer("cancel"), 1)


def _cancel_async(lab: Lab) -> Outcome:
    if not any_context():
        raise CannotTryError(f"the kernel has no {CANCEL_ASYNC}")
    with Orders(IN_INTERRUPT) as orders:
        orders.armed(SOON)
        orders.there(CANCEL_ASYNC_OP)
        result, fired = orders.answer("cancel"), orders.fired
    answer = f"{result_text(result)}; {'fired' if fired else 'did not fire'}"
    deferred = result in (0, -errno.ECANCELED)
    return judged(deferred and not fired, answer, errno=errno_name(min(result, 0)))


def _restart(lab: Lab) -> Outcome:
    with Orders(IN_INTERRUPT) as orders:
        orders.armed()
        orders.there(RESTART)
        results = {name: orders.answer(name) for name in ("cancel", "set_callback", "start")}
        fired = orders.fired
    said = ", ".join(f"{name} {result_text(result)}" for name, result in results.items())
    return judged(fired, f"{said}; {'fired' if fired else 'did not fire'}")


def _base_locked(lab: Lab) -> Outcome:
    if not any_context():
        raise CannotTryError(
            "before kernel 7.0 the CPU's timer base is locked at that point: the CPU would hang"
        )
    with Orders(ON_START) as orders:
        orders.task(INIT)
        orders.task(SET_CALLBACK)
        orders.there(START)
        result, fired = orders.answer("start"), orders.fired
    answer = f"no deadlock: {result_text(result)}; {'fired' if fired else 'did not fire'}"
    return judged(False, answer, reason="From kernel 7.0 on, start is deferred to irq_work there.")


def _claim(
    slug: str, sentence: str, expected: str, attempt: Callable[[Lab], Outcome], note: str = ""
) -> Claim:
    return Claim(
        id=f"irq.{slug}",
        sentence=sentence,
        source=code("kernel/bpf/helpers.c: defer_timer_wq_op"),
        method="tp_btf/hrtimer_expire_entry of a hard timer's interrupt, once",
        expected=expected,
        attempt=attempt,
        note=note,
    )


def irq_claims() -> list[Claim]:
    """Each operation with interrupts off; arming with the timer base locked."""
    return [
        _claim("init", "With interrupts off a timer can be initialised", "0", _init),
        _claim("set_callback", "With interrupts off a callback can be set", "0", _set_callback),
        _claim("start", "With interrupts off a timer can be started", "0; it fires", _start),
        _claim(
            "cancel",
            "With interrupts off a timer can be cancelled",
            "1: it was armed",
            _cancel,
            note=f"From kernel 7.0 on, only {CANCEL_ASYNC} works there.",
        ),
        Claim(
            id="irq.cancel_async",
            sentence=f"With interrupts off {CANCEL_ASYNC} cancels a timer, whatever it answers",
            source=CANCEL_ASYNC_KFUNC,
            method="tp_btf/hrtimer_expire_entry of a hard timer's interrupt, once",
            expected="0 or ECANCELED; it does not fire",
            attempt=_cancel_async,
        ),
        _claim(
            "start_after_cancel",
            "With interrupts off a start that comes after a cancel takes effect",
            "it fires",
            _restart,
        ),
        Claim(
            id="danger.hrtimer_tracepoints",
            sentence="Arming from a program on the tracepoints timer:hrtimer_* deadlocks",
            source=ANY_CONTEXT,
            method="from 7.0 on: tp_btf/hrtimer_start starts a timer, once; else not made",
            expected="a hang",
            attempt=_base_locked,
        ),
    ]
