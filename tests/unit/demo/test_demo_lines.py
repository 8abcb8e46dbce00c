from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.demo.lines import (
    Lost,
    NewConnection,
    NoTimer,
    Side,
    TimerFired,
    parse_event,
    parse_line,
)

# Printed by kernels 6.18 (the first three), 6.12 and 6.1.
REAL = {
    "          python-7216    [001] ...2.  6935.089972: bpf_trace_printk: "
    "new connection 1: IPv4 client, port 59178 to 52569": ("python", 7216, 1, "...2."),
    "          python-7216    [001] .Ns4.  6935.090674: bpf_trace_printk: "
    "new connection 2: IPv4 server, port 52569 from 59178": ("python", 7216, 1, ".Ns4."),
    "           <...>-7517    [001] ..s2.  7797.498715: bpf_trace_printk: "
    "timer_cb 1: late 18047 ns over pid 7517 bench": ("<...>", 7517, 1, "..s2."),
    "          python-163     [001] .N.11    22.071132: bpf_trace_printk: "
    "new connection 1: IPv4 client, port 60842 to 49603": ("python", 163, 1, ".N.11"),
    "          python-163     [001] .Ns1.    22.072318: bpf_trace_printk: "
    "timer_cb 1: late 246269 ns over pid 163 python": ("python", 163, 1, ".Ns1."),
    "     ksoftirqd/1-21      [001] ..s21    18.718230: bpf_trace_printk: "
    "new connection 2: IPv4 server, port 33163 from 33370": ("ksoftirqd/1", 21, 1, "..s21"),
    "     ksoftirqd/1-21      [001] ..s1.    18.718851: bpf_trace_printk: "
    "timer_cb 2: late 511200 ns over pid 21 ksoftirqd/1": ("ksoftirqd/1", 21, 1, "..s1."),
}


@pytest.mark.parametrize(("raw", "expected"), REAL.items())
def test_real_lines(raw: str, expected: tuple[str, int, int, str]) -> None:
    line = parse_line(raw)
    assert line is not None
    assert (line.task, line.pid, line.cpu, line.flags) == expected
    assert line.raw == raw and line.text == raw.split(": ", 2)[2]
    assert parse_event(raw) is not None


def test_the_time_stamp_is_exact_to_the_microsecond() -> None:
    line = parse_line("a-1 [000] ..... 6935.089972: bpf_trace_printk: x")
    assert line is not None and line.t_ns == 6_935_089_972_000


def event(text: str, task: str = "curl-12") -> object:
    return parse_event(f"  {task}      [003] d.s2.   1.000002: bpf_trace_printk: {text}")


def test_both_ends_of_a_connection() -> None:
    client = event("new connection 3: IPv6 client, port 40984 to 443")
    server = event("new connection 4: IPv4 server, port 443 from 40984")
    assert isinstance(client, NewConnection) and isinstance(server, NewConnection)
    assert (client.id, client.ip, client.side) == (3, 6, Side.CLIENT)
    assert (client.port, client.peer_port) == (40984, 443)
    assert (server.id, server.ip, server.side) == (4, 4, Side.SERVER)
    assert (server.port, server.peer_port) == (443, 40984)


def test_a_callback_over_the_idle_task() -> None:
    fired = event("timer_cb 8: late 1750 ns over pid 0 swapper/3", task="<idle>-0")
    assert isinstance(fired, TimerFired)
    assert (fired.id, fired.late_ns, fired.pid, fired.task) == (8, 1750, 0, "swapper/3")
    assert (fired.line.task, fired.line.pid) == ("<idle>", 0)


def test_a_negative_lateness_would_be_shown_as_such() -> None:
    fired = event("timer_cb 8: late -5 ns over pid 1 x")
    assert isinstance(fired, TimerFired) and fired.late_ns == -5


def test_an_end_without_a_timer() -> None:
    failed = event("no timer 11: error -7")
    assert isinstance(failed, NoTimer) and (failed.id, failed.errno) == (11, 7)


def test_lines_that_the_kernel_lost() -> None:
    assert parse_event("CPU:1 [LOST 120 EVENTS]") == Lost(120)


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "# tracer: nop",
        "  curl-12 [003] d.s2.   1.000002: sched_switch: prev_comm=a",
        "  curl-12 [003] d.s2.   1.000002: bpf_trace_printk: somebody else's line",
        "  curl-12 [003] d.s2.   1.000002: bpf_trace_printk: timer_cb 1: late x ns over pid 1 a",
        "timer_cb 1: late 5 ns over pid 1 a",
    ],
)
def test_lines_of_others_are_none(raw: str) -> None:
    assert parse_event(raw) is None


@given(st.text())
def test_no_text_makes_parsing_fail(raw: str) -> None:
    parse_event(raw)


# A task may give itself any name of up to 15 bytes.
NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\n\0"), max_size=15)


@given(
    task=NAMES,
    pid=st.integers(0, 4_194_304),
    cpu=st.integers(0, 8191),
    flags=st.tuples(*[st.sampled_from(".dNsHhZ1234")] * 5),
    late=st.integers(-(2**63), 2**63 - 1),
    micros=st.integers(0, 10**12),
)
def test_what_the_kernel_prints_is_read_back(
    task: str, pid: int, cpu: int, flags: tuple[str, ...], late: int, micros: int
) -> None:
    stamp = f"{micros // 10**6:5d}.{micros % 10**6:06d}"
    head = f"{task:>16}-{pid:<7d} [{cpu:03d}] {''.join(flags)} {stamp}: bpf_trace_printk: "
    fired = parse_event(f"{head}timer_cb 5: late {late} ns over pid {pid} {task}")
    assert isinstance(fired, TimerFired)
    assert (fired.late_ns, fired.pid, fired.task) == (late, pid, task)
    line = fired.line
    assert (line.task, line.pid, line.cpu) == (task.lstrip(), pid, cpu)
    assert line.flags == "".join(flags) and line.t_ns == micros * 1_000
