"""Real timers, one operation at a time: ``bpf/limits/calls.bpf.c`` driven from user space."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.errors import KernelRefusedError, errno_name
from bench.libbpf import raw
from bench.limits.claim import CannotTryError
from bench.limits.loading import opened
from bench.resources import Resource

CALL = np.dtype(
    [
        ("op", "u4"),
        ("key", "u4"),
        ("clock", "u8"),
        ("timeout_ns", "u8"),
        ("flags", "u8"),
        ("callback", "u8"),
        ("result", "i8"),
    ]
)
LOOK = np.dtype(
    [
        ("key", "u4"),
        ("found", "u4"),
        ("clock", "i8"),
        ("expiry_ns", "u8"),
        ("queued", "u4"),
        ("soft", "u4"),
    ]
)
SEEN = np.dtype(
    [
        ("fired", "u8"),
        ("result", "i8"),
        ("cpu", "u4"),
        ("running", "u4"),
        ("met", "u4"),
        ("in_softirq_of", "u4"),
    ]
)
"""Mirrors of the structs in ``bpf/limits/calls.bpf.c``."""
VALUE_BYTES = 24
KEYS = 16_384
MS, S = 10**6, 10**9
HOUR = 3600 * S
WAIT_S = 3.0
SETTLE_S = 0.05
MONOTONIC, REALTIME, BOOTTIME = 1, 0, 7
ENOMEM_ATTEMPTS = 200


class Op(IntEnum):
    """``enum operation``."""

    INIT = 0
    SET_CALLBACK = 1
    START = 2
    CANCEL = 3
    DELETE = 4
    UPDATE = 5


class Callback(IntEnum):
    """``enum callback``."""

    COUNTS = 0
    CANCELS_SELF = 1
    CANCELS_OTHER = 2
    DELETES_SELF = 3
    DELETES_OTHER = 4
    STARTS_SELF = 5
    WAITS = 6


class Rig(Resource):
    """A map of timers and the programs that work on it; use it as a context manager."""

    def __init__(self, map_kind: int = 1, *, flags: int = 0, entries: int = KEYS) -> None:
        """Load; ``map_kind`` is a number of ``enum bpf_map_type``."""
        with self.acquiring() as held:
            self._made = held.enter_context(opened("calls"))
            self._made.map("timers").configure_kind(map_kind, flags)
            self._made.map("timers").configure(entries=entries)
            self._load()

    def _load(self) -> None:
        try:
            self._made.load()
        except KernelRefusedError as error:
            why = f"the kernel refuses the program that tries it ({error.problem})"
            raise CannotTryError(why, errno=errno_name(error.errno)) from error
        self.seen: npt.NDArray[Any] = self._made.map("seen").view(SEEN)
        self.fd = self._made.map("timers").fd

    def program_fd(self) -> int:
        """A descriptor of the program that inits key 0, which the caller closes."""
        return os.dup(self._made.program_fd("init_first"))

    def seen_fd(self) -> int:
        """Descriptor of the map that callbacks leave their counts in; the rig's."""
        return self._made.map("seen").fd

    def insert(self, *keys: int) -> None:
        """Insert or replace entries from user space."""
        for key in keys:
            raw.update(self.fd, key.to_bytes(4, "little"), bytes(VALUE_BYTES))

    def delete(self, key: int) -> None:
        """Delete an entry from user space."""
        raw.delete(self.fd, key.to_bytes(4, "little"))

    def holds(self, key: int) -> bool:
        """Whether user space finds the entry."""
        return raw.lookup(self.fd, key.to_bytes(4, "little"), VALUE_BYTES) is not None

    def do(self, op: Op, key: int = 0, **given: int) -> int:
        """One operation by a BPF program; the helper's answer."""
        call = np.zeros(1, dtype=CALL)
        call["op"], call["key"] = op, key
        for name, value in given.items():
            call[name] = value
        self._made.run("call", call)
        return int(call["result"][0])

    def init(self, key: int = 0, clock: int = MONOTONIC) -> int:
        """``bpf_timer_init``; want of memory for a moment is waited for."""
        for _ in range(ENOMEM_ATTEMPTS):
            result = self.do(Op.INIT, key, clock=clock)
            if result != -errno.ENOMEM:
                return result
            time.sleep(0.001)
        raise CannotTryError("the kernel had no memory for a timer", answer="ENOMEM")

    def callback(self, callback: Callback = Callback.COUNTS, key: int = 0) -> int:
        """``bpf_timer_set_callback``."""
        return self.do(Op.SET_CALLBACK, key, callback=callback)

    def start(self, timeout_ns: int, key: int = 0, flags: int = 0) -> int:
        """``bpf_timer_start``."""
        return self.do(Op.START, key, timeout_ns=timeout_ns, flags=flags)

    def cancel(self, key: int = 0) -> int:
        """``bpf_timer_cancel``."""
        return self.do(Op.CANCEL, key)

    def prepare(
        self, key: int = 0, *, callback: Callback = Callback.COUNTS, clock: int = MONOTONIC
    ) -> None:
        """Insert, init and set the callback; all of it must succeed."""
        self.insert(key)
        for result in (self.init(key, clock), self.callback(callback, key)):
            _must(result)

    def arm(self, timeout_ns: int, key: int = 0, callback: Callback = Callback.COUNTS) -> None:
        """Prepare and start; all of it must succeed."""
        self.prepare(key, callback=callback)
        _must(self.start(timeout_ns, key))

    def look(self, key: int = 0) -> np.void:
        """What the kernel holds of an initialised timer; see LOOK."""
        look = np.zeros(1, dtype=LOOK)
        look["key"] = key
        self._made.run("look", look)
        if not look["found"][0]:
            raise CannotTryError("the timer was not found in kernel memory")
        found: np.void = look[0]
        return found

    def fired(self, key: int = 0) -> int:
        """How often the callback of a key ended."""
        return int(self.seen[key]["fired"])

    def result(self, key: int = 0) -> int:
        """What the helper that the callback called answered."""
        return int(self.seen[key]["result"])

    def wait_fired(self, key: int = 0, times: int = 1) -> bool:
        """Whether the callback ended so often within WAIT_S."""
        return wait_until(lambda: self.fired(key) >= times)


def _must(result: int) -> None:
    if result < 0:
        raise CannotTryError(f"arming a timer failed with {errno_name(result)}")


def wait_until(condition: Callable[[], bool], seconds: float = WAIT_S) -> bool:
    """Whether the condition came true within the time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= end:
            return False
        time.sleep(0.002)
    return True
