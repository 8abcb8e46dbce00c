from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from bench.drivers import heartbeat as module
from bench.drivers.heartbeat import BEATS, SILENCE_NS, Heartbeat
from bench.errors import TrialFailedError
from bench.units import NS_PER_MS, NS_PER_S

CLOCK = time.CLOCK_MONOTONIC
BEAT_NS = SILENCE_NS // BEATS
END_NS = 100 * NS_PER_S


class Bench:
    """A heartbeat with a clock of its own, whose thread does nothing by itself."""

    def __init__(self) -> None:
        self.now_ns = NS_PER_S
        self.written: list[int] = []
        self.heart = Heartbeat(self.written.append, CLOCK)

    def beat(self, after_ns: int = BEAT_NS) -> None:
        self.now_ns += after_ns
        with self.heart._lock:
            self.heart._beat()


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    made = Bench()
    monkeypatch.setattr(time, "clock_gettime_ns", lambda clock: made.now_ns)
    monkeypatch.setattr(Heartbeat, "_work", lambda heart: heart._stopping.wait())
    with made.heart:
        yield made


def test_before_it_beats_the_whole_time_is_granted(bench: Bench) -> None:
    bench.heart.until(END_NS)
    assert bench.written == [END_NS]
    bench.now_ns += NS_PER_S
    bench.heart.check()


def test_each_beat_grants_half_a_second_but_nothing_beyond_the_end(bench: Bench) -> None:
    bench.heart.until(NS_PER_S + SILENCE_NS + 2 * BEAT_NS)
    bench.written.clear()
    bench.heart.start()
    for _ in range(4):
        bench.beat()
    first = NS_PER_S + SILENCE_NS
    last = first + 2 * BEAT_NS
    assert bench.written == [first, first + BEAT_NS, last, last, last]


def test_the_planned_end_is_no_silence(bench: Bench) -> None:
    bench.heart.until(END_NS)
    bench.heart.start()
    while bench.now_ns < END_NS + NS_PER_S:
        bench.beat()
    bench.heart.check()
    assert bench.written[-1] == END_NS


def test_a_silence_is_never_made_up_for_and_says_how_long_it_was(bench: Bench) -> None:
    bench.heart.until(END_NS)
    bench.heart.start()
    bench.beat()
    granted = bench.written[-1]
    bench.beat(3 * NS_PER_S)
    bench.beat()
    bench.heart.until(2 * END_NS)
    assert bench.written[-1] == granted
    with pytest.raises(TrialFailedError, match=r"did not run for 3\.0 s.* for 500ms\. Let "):
        bench.heart.check()


def test_a_beat_that_is_written_only_after_the_deadline_is_a_silence(bench: Bench) -> None:
    bench.heart.until(END_NS)
    bench.heart.start()

    def preempted(deadline_ns: int) -> None:
        bench.now_ns += SILENCE_NS

    bench.heart._write = preempted
    bench.beat()
    with pytest.raises(TrialFailedError, match=r"did not run for 0\.6 s"):
        bench.heart.check()


@pytest.mark.parametrize(("offered_hz", "said"), [(1e7, True), (5e3, False)])
def test_a_trial_that_asks_for_much_is_told_that_it_may_have_starved_the_runner(
    offered_hz: float, said: bool, bench: Bench
) -> None:
    bench.heart.until(END_NS)
    bench.heart.start()
    bench.beat(SILENCE_NS)
    with pytest.raises(TrialFailedError) as caught:
        bench.heart.check(offered_hz)
    assert ("The trial asks for 10M callbacks/s" in str(caught.value)) is said
    assert "Let nothing stop or starve the runner" in str(caught.value)


def test_whoever_asks_first_after_a_silence_learns_of_it(bench: Bench) -> None:
    bench.heart.until(END_NS)
    bench.heart.start()
    bench.now_ns += SILENCE_NS
    with pytest.raises(TrialFailedError, match=r"did not run for 0\.5 s"):
        bench.heart.check()


def test_an_emulated_cpu_is_given_more_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCH_VIRTUAL", "emulated")
    heart = Heartbeat(lambda ns: None, CLOCK)
    assert heart._silence_ns == 10 * SILENCE_NS


def test_its_thread_beats_by_itself_and_ends_with_it() -> None:
    written: list[int] = []
    heart = Heartbeat(written.append, CLOCK)
    with heart:
        heart.start()
        heart.until(time.clock_gettime_ns(CLOCK) + 60 * NS_PER_S)
        granted = written[-1]
        end = time.monotonic() + 10
        while written[-1] <= granted + 200 * NS_PER_MS and time.monotonic() < end:
            time.sleep(0.01)
    assert written[-1] > granted + 200 * NS_PER_MS
    assert not [each for each in threading.enumerate() if each.name == "the sign of life"]
    assert module.SILENCE_NS == 500 * NS_PER_MS
