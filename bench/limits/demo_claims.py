"""The article's demo as an XDP program: what fails exactly, and what has to change."""

from __future__ import annotations

import errno
import struct
import time

import numpy as np

from bench.errors import KernelRefusedError, errno_name
from bench.host.mounts import find_mounts
from bench.host.printk_event import EVENT, printk_unchanged
from bench.libbpf import raw
from bench.limits.attempts import accepts
from bench.limits.claim import CannotTryError, Claim, Outcome, judged
from bench.limits.lab import Lab
from bench.limits.loading import load, loaded, opened
from bench.limits.rig import ENOMEM_ATTEMPTS, wait_until
from bench.limits.sources import ARTICLE, FACTS

SOURCE = "xdp_demo"
COUNTS = np.dtype([("armed", "u8"), ("fired", "u8"), ("failed", "i8")])
"""``struct demo_seen`` of ``bpf/limits/xdp_demo.bpf.c``."""
SYN, ACK, PUSH = 0x02, 0x10, 0x08
XDP_PASS = 2


def tcp_packet(flags: int, source_port: int = 40_000) -> bytes:
    """An Ethernet frame with IPv4 and TCP from 192.0.2.1 to 192.0.2.2 (RFC 5737)."""
    ethernet = bytes(12) + struct.pack("!H", 0x0800)
    addresses = bytes([192, 0, 2, 1, 192, 0, 2, 2])
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 40, 0, 0, 64, 6, 0) + addresses
    tcp = struct.pack("!HHIIBBHHH", source_port, 80, 1, 0, 0x50, flags, 1024, 0, 0)
    return ethernet + ip + tcp


def _refused_as_it_is(lab: Lab) -> Outcome:
    tried, counterpart = loaded(SOURCE, "takes_sock"), loaded(SOURCE, "corrected")
    if not counterpart.accepted:
        raise CannotTryError(f"no XDP program with a timer loads ({counterpart.text})")
    return judged(not tried.accepted, tried.text, errno=tried.errno)


def _prints(lab: Lab) -> Outcome:
    tracefs = find_mounts().tracefs
    if tracefs is None or not (tracefs / EVENT).exists():
        raise CannotTryError("no tracefs, where the event that loading enables could be disabled")
    with printk_unchanged(tracefs):
        tried = load(SOURCE, "prints_in_callback")
    return judged(tried.accepted, tried.text, errno=tried.errno)


def _fires(lab: Lab) -> Outcome:
    with opened(SOURCE) as made:
        made.load_only(("corrected",))
        try:
            made.load()
        except KernelRefusedError as error:
            name = errno_name(error.errno)
            raise CannotTryError("the program is refused", answer=name, errno=name) from error
        counts = made.map("counts").view(COUNTS)
        program = made.program_fd("corrected")
        for flags in (SYN | ACK, PUSH | ACK):
            raw.test_run(program, tcp_packet(flags))
        others = int(counts[0]["armed"])
        passed = _first_syn(program, counts) == XDP_PASS
        fired = wait_until(lambda: int(counts[0]["fired"]) == 1)
        armed = int(counts[0]["armed"])
    answer = f"timers for a SYN: {armed}, for other packets: {others}; callbacks: {int(fired)}"
    return judged((armed, others, fired, passed) == (1, 0, True, True), answer)


def _first_syn(program: int, counts: np.ndarray[tuple[int, ...], np.dtype[np.void]]) -> int:
    for _ in range(ENOMEM_ATTEMPTS):
        verdict = raw.test_run(program, tcp_packet(SYN))
        if int(counts[0]["failed"]) != -errno.ENOMEM:
            break
        counts["failed"] = 0
        time.sleep(0.001)
    return verdict


def demo_claims() -> list[Claim]:
    """The demo's steps in an XDP program, then the demo with what has to change."""
    return [
        Claim(
            id="demo.as_it_is",
            sentence="The article's demo, one timer per struct sock, does not load as XDP",
            source=ARTICLE,
            method="the demo's function with its argument struct sock *, in section xdp; "
            "the changed demo below loads",
            expected="refused: an XDP program's context is a packet, not arguments",
            attempt=_refused_as_it_is,
        ),
        Claim(
            id="demo.comm",
            sentence="An XDP program cannot ask for the connecting process's name",
            source=FACTS,
            method="bpf_get_current_comm in an XDP program",
            expected="refused",
            attempt=lambda lab: _comm(),
            note="It loads, but names whatever task the packet interrupted.",
        ),
        Claim(
            id="demo.lookup",
            sentence="An XDP program may look a socket up, by addresses and ports",
            source="documentation: bpf_skc_lookup_tcp",
            method="bpf_skc_lookup_tcp in an XDP program",
            expected="accepted",
            attempt=accepts(SOURCE, "looks_up_sock"),
        ),
        Claim(
            id="demo.prints",
            sentence="A timer's callback of an XDP program may print, as the demo does",
            source=ARTICLE,
            method="bpf_printk in the callback; the trace event is put back as it was",
            expected="accepted",
            attempt=_prints,
        ),
        Claim(
            id="demo.changed",
            sentence="Keyed by the packet's addresses and ports, the demo loads as XDP",
            source=FACTS,
            method="10 entries, CLOCK_BOOTTIME, 100 ns; headers parsed, timers for SYN only",
            expected="accepted",
            attempt=accepts(SOURCE, "corrected"),
        ),
        Claim(
            id="demo.changed_fires",
            sentence="So changed, it arms one timer per new connection, and the callback runs",
            source=FACTS,
            method="BPF_PROG_TEST_RUN with a SYN, a SYN with ACK, and data",
            expected="one timer, one callback",
            attempt=_fires,
        ),
    ]


def _comm() -> Outcome:
    tried = loaded(SOURCE, "names_process")
    return judged(not tried.accepted, tried.text, errno=tried.errno)
