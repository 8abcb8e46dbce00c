"""The helpers in a real NMI: one that somebody sends, or that the kernel can be asked for."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from bench.errors import KernelRefusedError, errno_name
from bench.host import perf_event
from bench.limits.answers import result_text
from bench.limits.claim import CannotTryError, Outcome, judged
from bench.limits.lab import Lab
from bench.limits.loading import opened

ANSWERS = np.dtype(
    [("seen", "u8"), ("init", "i8"), ("set_callback", "i8"), ("start", "i8"), ("cancel", "i8")]
)
"""``struct limits_nmi`` of ``bpf/limits/nmi.bpf.c``."""
HELPERS = ("init", "set_callback", "start", "cancel")
WAITING = "Waiting for an NMI."
"""Said on stderr once an NMI would be noticed; who sends one waits for it."""
SYSRQ = Path("/proc/sysrq-trigger")
PERIOD = 1_000_000
SPIN_S = 0.2
AFTER_S = 0.5
POLL_S = 0.01


@contextmanager
def _counting_cycles() -> Iterator[bool]:
    """A cycle counter of this thread that overflows: a PMU interrupt is an NMI on x86."""
    try:
        fd = perf_event.open_cycles(PERIOD)
    except OSError:
        yield False
        return
    try:
        yield True
    finally:
        os.close(fd)


def _wait(answers: np.ndarray[tuple[int, ...], np.dtype[np.void]], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not answers[0]["seen"] and time.monotonic() < end:
        time.sleep(POLL_S)
    return bool(answers[0]["seen"])


def _spin(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def _provoke(lab: Lab, answers: np.ndarray[tuple[int, ...], np.dtype[np.void]]) -> bool:
    """Whether an NMI came: by a cycle counter, by SysRq l if permitted, or from outside."""
    with _counting_cycles() as counting:
        if counting:
            _spin(SPIN_S)
    if lab.options.send_nmi and not answers[0]["seen"]:
        SYSRQ.write_text("l")
        _wait(answers, AFTER_S)
    if lab.options.wait_nmi_s and not answers[0]["seen"]:
        lab.options.on_wait()
    return _wait(answers, lab.options.wait_nmi_s)


def answers_in_nmi(lab: Lab) -> Outcome:
    """What the four helpers answer in the first NMI that comes."""
    with opened("nmi") as made:
        try:
            made.load()
            made.attach("on_nmi")
        except KernelRefusedError as error:
            name = errno_name(error.errno)
            why = "the kernel has no tracepoint nmi:nmi_handler for BPF"
            raise CannotTryError(why, answer=name, errno=name) from error
        answers = made.map("answers").view(ANSWERS)
        try:
            came = _provoke(lab, answers)
        except OSError as error:
            raise CannotTryError(f"{SYSRQ}: {error.strerror}") from error
        found = {name: int(answers[0][name]) for name in HELPERS}
    if not came:
        why = "no NMI came: no cycle counter here raises one; see --send-nmi and --wait-nmi"
        raise CannotTryError(why)
    held = all(result == -errno.EOPNOTSUPP for result in found.values())
    answer = ", ".join(f"{name} {result_text(result)}" for name, result in found.items())
    return judged(held, answer, errno="EOPNOTSUPP" if held else "")
