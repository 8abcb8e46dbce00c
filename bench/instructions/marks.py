"""The numbers that the scripted programs, the plugin and Python share: ``marks.h``."""

from __future__ import annotations

from enum import IntEnum


class Operation(IntEnum):
    """What a window is of; ``enum operation`` of ``bpf/instructions/marks.h``."""

    INSERT = 0
    INIT = 1
    SET_CALLBACK = 2
    START_IDLE = 3
    PUSH_BACK_LATER = 4
    PUSH_BACK_SOONER = 5
    CANCEL = 6
    DELETE_PENDING = 7
    DELETE_FIRED = 8
    REPLACE = 9
    FREE = 10
    EXPIRY = 11
    FURTHER = 12
    REARM = 13
    RETURN = 14
    SCAN = 15
    TIMERFD_SETTIME = 16
    EPOLL_WAIT = 17
    TIMERFD_READ = 18
    TIMERFD_WAIT = 19
    WQ_INIT = 20
    WQ_SET_CALLBACK = 21
    WQ_START = 22
    WQ_FURTHER = 23

    @property
    def text(self) -> str:
        """As tables have it."""
        return _TEXTS.get(self, self.name.lower().replace("_", " "))


_TEXTS = {
    Operation.SET_CALLBACK: "set_callback",
    Operation.FREE: "free with the map",
    Operation.EXPIRY: "expiry: interrupt to callback",
    Operation.FURTHER: "expiry: to a further callback",
    Operation.REARM: "expiry: re-arm in the callback",
    Operation.RETURN: "expiry: callback to return",
    Operation.SCAN: "rival: for_each from an entry to the next",
    Operation.TIMERFD_SETTIME: "rival: timerfd_settime",
    Operation.EPOLL_WAIT: "rival: epoll_wait, the timerfd expired",
    Operation.TIMERFD_READ: "rival: read of the timerfd",
    Operation.TIMERFD_WAIT: "rival: timerfd_settime to the return of epoll_wait",
    Operation.WQ_INIT: "rival: bpf_wq_init",
    Operation.WQ_SET_CALLBACK: "rival: bpf_wq_set_callback",
    Operation.WQ_START: "rival: bpf_wq_start",
    Operation.WQ_FURTHER: "rival: bpf_wq, to a further callback",
}
CALLED = tuple(Operation)[: Operation.FREE]
"""Operations that the scripted programs call between marks, and time."""
CALLED_BACK = (Operation.SCAN, Operation.WQ_FURTHER)
"""Rivals that the plugin sees as callbacks one after the other: its FURTHER is of their name."""
