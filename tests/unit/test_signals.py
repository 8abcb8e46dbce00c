from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from bench.signals import deferred


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_what_interrupts_the_block_comes_at_its_end(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    before = signal.signal(number, lambda got, frame: seen.append(got))
    try:
        with deferred():
            os.kill(os.getpid(), number)
            within = list(seen)
        assert (within, seen) == ([], [number])
    finally:
        signal.signal(number, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_also_where_another_thread_takes_it(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the threads of numpy do, which block no signal."""
    seen: list[int] = []
    before = signal.signal(number, lambda got, frame: seen.append(got))
    done = threading.Event()
    other = threading.Thread(target=done.wait)
    other.start()
    try:
        with deferred():
            assert other.ident is not None
            signal.pthread_kill(other.ident, number)
            time.sleep(0.05)
            within = list(seen)
        assert (within, seen) == ([], [number])
    finally:
        done.set()
        other.join()
        signal.signal(number, before)


def test_what_is_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with deferred():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_an_error_leaves_the_handlers_as_they_were() -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(OSError), deferred():
        raise OSError
    assert signal.getsignal(signal.SIGINT) is before


CALLBACK = """
import ctypes, os, signal, sys, time
from bench.cli.main import main, _terminated
from bench.signals import insist
sys.unraisablehook = insist
signal.signal(signal.SIGTERM, _terminated)
called = ctypes.CFUNCTYPE(None)(lambda: os.kill(os.getpid(), signal.SIGTERM))
called()
print("dropped", flush=True)
time.sleep(60)
"""


def test_an_interruption_that_a_callback_from_c_drops_comes_again() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CALLBACK], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.stdout == "dropped\n"
    assert done.stderr.rstrip().endswith("KeyboardInterrupt") and done.returncode != 0
