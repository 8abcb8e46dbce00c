"""What programs that we start make of signals."""

from __future__ import annotations

import signal
import sys
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


ENDING = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
"""Signals by which a user ends us in order."""


@contextmanager
def deferred() -> Iterator[None]:
    """What would interrupt the block interrupts its end: what it does is done whole.

    Blocking the signals would not do: the kernel would give them to another thread, such as those
    of numpy, and Python would let the main thread answer at once.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # Python answers signals in the main thread only.
        return
    came: list[int] = []
    before = {number: signal.getsignal(number) for number in ENDING}
    answered = {
        n: handler for n, handler in before.items() if handler not in (None, signal.SIG_IGN)
    }
    for number in answered:
        signal.signal(number, lambda got, frame: came.append(got))
    try:
        yield
    finally:
        for number, handler in answered.items():
            signal.signal(number, handler)
        for heard in dict.fromkeys(came):
            signal.raise_signal(heard)


RETRY_S = 0.01
"""After it an interruption that was dropped is tried again."""


def insist(dropped: sys.UnraisableHookArgs) -> None:
    """A ``sys.unraisablehook`` by which no interruption is lost.

    Python drops what is raised in a callback from C, in ``__del__`` and while it collects
    garbage; a signal that is answered there would be ignored. It is sent again a little later.
    """
    if issubclass(dropped.exc_type, KeyboardInterrupt):
        heard = [n for n in sorted(ENDING) if callable(signal.getsignal(n))]
        main = threading.main_thread().ident
        again = threading.Timer(RETRY_S, signal.pthread_kill, [main, *heard[:1]])
        again.daemon = True
        again.start()
    else:
        sys.__unraisablehook__(dropped)
