"""What programs that we start make of signals."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def none_ignored() -> Iterator[None]:
    """Processes started in the block ignore no signal, also where we do (``nohup``, ``&``).

    What is ignored stays so for a new program, what has a handler does not. Signals that
    Python itself ignores are left to :mod:`subprocess`.
    """
    ours = {signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP}
    ignored = [each for each in ours if signal.getsignal(each) is signal.SIG_IGN]
    if threading.current_thread() is not threading.main_thread():
        ignored = []  # only the main thread may set handlers
    for each in ignored:
        signal.signal(each, lambda number, frame: None)
    try:
        yield
    finally:
        for each in ignored:
            signal.signal(each, signal.SIG_IGN)
