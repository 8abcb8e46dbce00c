from __future__ import annotations

from dataclasses import replace

from bench.demo.account import Account, Pair, Summary, Venue, venue_of
from bench.demo.lines import Lost, TimerFired, parse_event
from bench.demo.program import Tally

TALLY = Tally(met=2, armed=2, fired=2, failed=0, init_retried=0, uncollected=0)
KSOFTIRQD = {0: 15, 1: 22}


def take(account: Account, text: str, *, pid: int = 9, cpu: int = 1) -> Pair | None:
    event = parse_event(f"task-{pid} [{cpu:03d}] ..s2. 1.000000: bpf_trace_printk: {text}")
    assert event is not None
    return account.take(event)


def both_lines(account: Account, number: int, late_ns: int, *, pid: int = 9, cpu: int = 1) -> None:
    take(account, f"new connection {number}: IPv4 client, port 5 to 6")
    take(account, f"timer_cb {number}: late {late_ns} ns over pid {pid} t", pid=pid, cpu=cpu)


def full(connections: int | None = 1, tally: Tally = TALLY) -> Summary:
    account = Account(KSOFTIRQD)
    both_lines(account, 1, 300)
    both_lines(account, 2, 100, pid=0)
    return account.summary(connections, tally)


def test_ksoftirqd_counts_as_such_only_on_its_own_cpu() -> None:
    account = Account(KSOFTIRQD)
    seen = []
    for pid, cpu in ((0, 0), (22, 1), (22, 0), (9, 1)):
        pair = take(account, f"timer_cb 1: late 1 ns over pid {pid} x", pid=pid, cpu=cpu)
        assert pair is not None and isinstance(pair.fired, TimerFired)
        seen.append(pair.venue)
        assert pair.venue is venue_of(pair.fired, KSOFTIRQD)
    assert seen == [Venue.IDLE, Venue.KSOFTIRQD, Venue.TASK, Venue.TASK]


def test_lines_are_paired_by_number_in_any_order() -> None:
    account = Account(KSOFTIRQD)
    for number in (1, 2):
        take(account, f"new connection {number}: IPv6 server, port 5 from 6")
    for number in (2, 1):
        pair = take(account, f"timer_cb {number}: late {number} ns over pid 9 t")
        assert pair is not None and pair.complete
    assert account.summary(1, TALLY).pairs == 2


def test_summary_of_two_ends() -> None:
    summary = full()
    assert summary.good and summary.pairs == 2
    assert summary.by_venue == {Venue.IDLE: 1, Venue.TASK: 1, Venue.KSOFTIRQD: 0}
    assert summary.lateness is not None
    late = summary.lateness
    assert (late.min_ns, late.median_ns, late.max_ns) == (100, 200, 300)


def test_each_thing_that_lacks_makes_it_not_good() -> None:
    assert full().good and full(connections=None).good
    assert not full(connections=2).good, "an end was not met"
    assert not full(tally=replace(TALLY, met=3)).good, "an end without lines"
    assert not full(tally=replace(TALLY, fired=1)).good, "the program counted another number"


def test_no_timer_keeps_its_error_and_is_not_a_pair() -> None:
    account = Account(KSOFTIRQD)
    take(account, "new connection 1: IPv4 client, port 5 to 6")
    pair = take(account, "no timer 1: error -12")
    assert pair is not None and pair.errno == 12 and not pair.complete
    assert not account.summary(None, replace(TALLY, met=1, fired=0, failed=1)).good


def test_nothing_seen_has_no_lateness_and_waiting_for_nothing_is_good() -> None:
    none = Tally(met=0, armed=0, fired=0, failed=0, init_retried=0, uncollected=0)
    summary = Account(KSOFTIRQD).summary(None, none)
    assert summary.lateness is None and summary.good


def test_lost_lines_add_up() -> None:
    account = Account(KSOFTIRQD)
    assert account.take(Lost(3)) is None and account.take(Lost(4)) is None
    assert account.summary(None, TALLY).lost_lines == 7
