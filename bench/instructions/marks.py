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

    @property
    def text(self) -> str:
        """As tables have it."""
        return _TEXTS.get(self, self.name.lower().replace("_", " "))


_TEXTS = {
    Operation.SET_CALLBACK: "set_callback",
    Operation.EXPIRY: "expiry: interrupt to callback",
    Operation.FURTHER: "expiry: to a further callback",
    Operation.REARM: "expiry: re-arm in the callback",
    Operation.RETURN: "expiry: callback to return",
}
ON_EXPIRY = (Operation.EXPIRY, Operation.FURTHER, Operation.REARM, Operation.RETURN)
"""Parts of the way of an expiry: its interrupt is the path, not a disturbance."""
