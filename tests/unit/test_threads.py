from __future__ import annotations

import signal
import threading
import weakref

import pytest

from bench.errors import BenchError
from bench.threads import DriverThreads


class Work:
    """Fails when it is told to, else works until it is stopped."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.begun = threading.Event()
        self.blocked: set[int] = set()
        self.threads = DriverThreads("the work", self, end_s=10.0)

    def __call__(self) -> None:
        self.blocked = set(signal.pthread_sigmask(signal.SIG_BLOCK, ()))
        self.begun.set()
        if self.error is not None:
            raise self.error
        self.threads.stopping.wait()

    def failed(self) -> None:
        """Wait until it has failed; nothing was said about it yet."""
        self.threads.start()
        for thread in self.threads._threads:
            thread.join()


def test_work_that_ends_by_itself_can_be_waited_for() -> None:
    done: list[int] = []
    with DriverThreads("the work", lambda: done.append(1), lambda: done.append(2)) as threads:
        threads.start()
        threads.wait()
        assert sorted(done) == [1, 2] and not threads.stopping.is_set()
    with (work := Work(BenchError("no room"))).threads as threads:
        threads.start()
        with pytest.raises(BenchError, match="the work failed: no room"):
            threads.wait()
    assert work.begun.is_set()


def test_they_work_from_the_start_to_the_end_with_signals_blocked() -> None:
    with (work := Work()).threads as threads:
        assert not threads.started
        threads.start()
        assert work.begun.wait(10) and threads.started
        threads.check()
        (thread,) = threads._threads
    assert signal.SIGINT in work.blocked and signal.SIGTERM in work.blocked
    assert not thread.is_alive()


def test_nothing_is_kept_that_the_work_needed() -> None:
    work = Work()
    work.threads.close()
    kept = weakref.ref(work)
    del work
    assert kept() is None


def test_they_are_daemons_so_that_none_keeps_the_process() -> None:
    assert all(thread.daemon for thread in Work().threads._threads)


def test_what_never_started_stops_and_closes() -> None:
    with Work().threads as threads:
        threads.stop()
    threads.close()


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (BenchError("it is full", remedy="Empty it", detail="log"), "the work failed: it is full"),
        (OSError(5, "map: Input/output error"), "the work failed: map: Input/output"),
    ],
)
def test_an_expected_error_says_whose_it_is(error: Exception, told: str) -> None:
    work = Work(error)
    work.failed()
    with pytest.raises(BenchError, match=told) as caught:
        work.threads.check()
    assert caught.value.__cause__ is error
    if isinstance(error, BenchError):
        assert (caught.value.remedy, caught.value.detail) == ("Empty it", "log")


def test_a_bug_in_a_thread_stays_a_bug() -> None:
    work = Work(IndexError("slot 7"))
    work.failed()
    with pytest.raises(IndexError, match="slot 7") as caught:
        work.threads.stop()
    assert caught.value.__notes__ == ["It happened in a thread: the work"]


def test_an_error_that_nobody_asked_for_is_raised_on_the_way_out() -> None:
    work = Work(BenchError("it is full"))
    with pytest.raises(BenchError, match="the work failed: it is full"), work.threads:
        work.failed()


def test_an_error_is_raised_once() -> None:
    work = Work(BenchError("it is full"))
    with work.threads as threads:
        work.failed()
        with pytest.raises(BenchError):
            threads.stop()
        threads.stop()
    threads.close()


def test_errors_of_body_and_thread_are_both_told() -> None:
    work = Work(BenchError("it is full"))
    with pytest.raises(KeyboardInterrupt) as caught, work.threads:
        work.failed()
        raise KeyboardInterrupt
    assert caught.value.__notes__ == ["Afterwards: the work failed: it is full"]


def test_a_thread_that_does_not_end_is_named() -> None:
    forever = threading.Event()
    threads = DriverThreads("the work", lambda: bool(forever.wait()), end_s=0.01)
    threads.start()
    with pytest.raises(BenchError, match=r"the work did not end within 0\.01 s"):
        threads.stop()
    forever.set()
    threads.stop()


def test_one_that_fails_is_told_beside_others_that_work() -> None:
    stopping = threading.Event()

    def fail() -> None:
        raise BenchError("it is full")

    threads = DriverThreads("the work", fail, lambda: bool(stopping.wait()))
    threads.start()
    threads._threads[0].join()
    with pytest.raises(BenchError, match="it is full"):
        threads.check()
    stopping.set()
    threads.close()
