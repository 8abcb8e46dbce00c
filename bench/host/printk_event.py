"""The host's trace event for what BPF programs print, kept as it was.

When the verifier meets ``bpf_trace_printk``, the kernel enables the event of that name in the
*global* trace instance and leaves it so (``__set_printk_clr_event`` of
``kernel/trace/bpf_trace.c``).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

EVENT = Path("events/bpf_trace/bpf_trace_printk/enable")
SETTLE_S = 0.1
"""The kernel may enable the event from a work queue, after the program was loaded."""
POLL_S = 0.005


class GlobalPrintk:
    """The event in the host's own trace: programs that print may be loaded, and it stays off."""

    def __init__(self, root: Path) -> None:
        """Remember the state before loading."""
        self._root = root
        self._was_enabled = _enabled(root)

    def restore(self) -> None:
        """Undo what loading did, also if a work queue of the kernel does it only now.

        Each call of the helper that the verifier meets may queue the work anew: the event has
        to stay off for a while.
        """
        end = time.monotonic() + SETTLE_S
        while not self._was_enabled and time.monotonic() < end:
            if _enabled(self._root):
                _disable(self._root)
            time.sleep(POLL_S)


@contextmanager
def printk_unchanged(root: Path) -> Iterator[GlobalPrintk]:
    """Load programs that print within the block: afterwards the global event is as before it."""
    event = GlobalPrintk(root)
    try:
        yield event
    finally:
        event.restore()


def _enabled(root: Path) -> bool:
    # "0*" and "1*" stand for an event that has a trigger besides.
    return (root / EVENT).read_text().startswith("1")


def _disable(root: Path) -> None:
    """Switch the global event off.

    Writing 0 would also expand the global ring buffer for good, if nobody has traced since
    boot. Then this is the only enabled event, and truncating ``set_event`` takes it out alone.
    """
    events = root / "set_event"
    if events.read_text().split() == ["bpf_trace:bpf_trace_printk"]:
        os.close(os.open(events, os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC))
    else:
        (root / EVENT).write_text("0")
