from __future__ import annotations

import errno
import json
from dataclasses import replace

import pytest

from bench.demo import document, text
from bench.demo.account import Account, Venue
from bench.demo.lines import parse_event
from bench.demo.program import DemoHook, Tally, refusal
from bench.demo.session import Done
from bench.errors import KernelRefusedError

Captured = pytest.CaptureFixture[str]
TALLY = Tally(met=1, armed=1, fired=1, failed=0, init_retried=0, uncollected=0)
LINES = (
    "  curl-77  [001] ...2.  1.000000: bpf_trace_printk: "
    "new connection 1: IPv6 client, port 40000 to 443",
    "  <idle>-0 [001] ..s2.  1.000002: bpf_trace_printk: "
    "timer_cb 1: late 1750 ns over pid 0 swapper/1",
)


def done(*lines: str, tally: Tally = TALLY, connections: int | None = None) -> Done:
    account = Account({1: 22})
    for raw in lines:
        event = parse_event(raw)
        assert event is not None
        account.take(event)
    return Done(account, account.summary(connections, tally), {}, interrupted=False)


def summary_text(of: Done) -> str:
    return "\n".join(line.plain for line in text.summary_lines(of.summary))


@pytest.mark.parametrize(
    ("pid", "task", "expected"),
    [
        (0, "swapper/1", "ran over the idle task of CPU 1, 1.75µs late"),
        (22, "ksoftirqd/1", "ran in ksoftirqd/1, 1.75µs late"),
        (77, "curl", "ran over task curl, pid 77, 1.75µs late"),
        (77, "a\x1b[31m", "ran over task a\ufffd[31m, pid 77, 1.75µs late"),
    ],
)
def test_the_reading_names_the_venue_and_the_lateness(pid: int, task: str, expected: str) -> None:
    line = f"x-{pid} [001] ..s2. 1.0: bpf_trace_printk: timer_cb 1: late 1750 ns over pid {pid}"
    of = done(line.replace("1.0:", "1.000000:") + f" {task}")
    pair = of.account.ends[1]
    assert pair.fired is not None and pair.venue is not None
    assert text.reading(pair.fired, pair.venue).plain.strip() == expected


def test_summary_of_a_good_demo() -> None:
    text = summary_text(done(*LINES))
    assert "1 end met, 1 callback" in text
    assert "1 idle, 0 task, 0 ksoftirqd" in text and "1.75µs median" in text
    assert "lack" not in text and "lost" not in text


def test_summary_names_all_that_went_wrong() -> None:
    tally = Tally(met=3, armed=2, fired=1, failed=1, init_retried=64, uncollected=2)
    text = summary_text(done(*LINES, "CPU:0 [LOST 9 EVENTS]", tally=tally, connections=2))
    for part in (
        "1 end got no timer",
        "2 entries could not be collected",
        "9 lines lost",
        "2 ends lack a line",
        "1 end was not met",
        "ENOMEM 64 times",
    ):
        assert part in text, part


def test_the_document_is_json_with_both_lines_of_an_end() -> None:
    found = json.loads(json.dumps(document.document("fentry", done(*LINES))))
    assert found["good"] and found["pairs"] == 1 and found["venue"][Venue.IDLE] == 1
    (end,) = found["ends"]
    assert end["new_connection"]["task"] == "curl" and end["new_connection"]["ip"] == "ipv6"
    assert end["timer_cb"]["venue"] == "idle" and end["timer_cb"]["late_ns"] == 1750
    assert end["errno"] is None


def test_the_document_of_a_failure_names_the_errno() -> None:
    tally = replace(TALLY, armed=0, fired=0, failed=1)
    failed = "  curl-77 [001] ...2. 1.000002: bpf_trace_printk: no timer 1: error -7"
    found = document.document("fentry", done(LINES[0], failed, tally=tally))
    assert not found["good"] and found["ends"][0]["errno"] == "E2BIG"
    assert found["ends"][0]["timer_cb"] is None


def test_a_refused_fentry_offers_the_tracepoint_and_keeps_the_kernel_s_answer() -> None:
    error = KernelRefusedError("x", errno=1, remedy="run as root", detail="log")
    fentry, other = refusal(DemoHook.FENTRY, error), refusal(DemoHook.TP_BTF, error)
    assert "fentry" in fentry.problem and "EPERM" in fentry.problem and fentry.detail == "log"
    assert fentry.remedy == "Use --hook tp_btf"
    assert other.remedy == "run as root"


def test_a_kernel_without_bpf_timer_is_not_sent_to_the_other_hook() -> None:
    error = KernelRefusedError("x", errno=errno.EOPNOTSUPP, remedy="bench doctor")
    assert refusal(DemoHook.FENTRY, error).remedy == "bench doctor"
