"""Probes of where bench runs: user, clocks, control groups, CPUs, memory, what else is there."""

from __future__ import annotations

import os
import sys

from bench.errors import BenchError
from bench.host import memory
from bench.host.cgroups import cpu_quotas
from bench.host.cpus import find_cpus, format_cpu_list
from bench.host.drops import load_risks
from bench.host.facts import ROOT
from bench.host.firewall import firewall_risks
from bench.host.privilege import require_privilege
from bench.host.realtime import busy_realtime, realtime_threads
from bench.host.time_namespace import require_clocks
from bench.host.tracers import tracers
from bench.libbpf import compiler
from bench.words.plurals import counted

LOAD_HZ = 5_000
"""Rate of the loads of most sweeps."""


def root() -> str:
    """The user, and what it may do."""
    require_privilege()
    return f"effective user id {os.geteuid()}"


def clocks() -> str:
    """Whether programs read the clocks that this process reads."""
    require_clocks()
    return "those that BPF programs read"


def quota() -> str:
    """Whether a control group bounds the CPU time."""
    bounds = list(cpu_quotas(ROOT))
    if bounds:
        least = min(bounds, key=lambda each: each.cpus)
        raise BenchError(
            f"bench and its load together get the time of {least.cpus:g} CPUs, by {least.name}",
            remedy="Start it in a control group without a quota of CPU time",
        )
    return "no control group bounds it"


def byte_order() -> str:
    """Of this machine's words."""
    compiler.refuse_big_endian()
    return f"{sys.byteorder}-endian"


def cpus() -> str:
    """Those that may be used."""
    found = find_cpus()
    usable, timers = map(format_cpu_list, (found.usable, found.timers))
    seen = f"threads may use CPUs {usable}, timers may expire on {timers}"
    return f"{seen}, isolated are {format_cpu_list(found.isolated)}" if found.isolated else seen


def available() -> str:
    """Memory that may be taken."""
    found = memory.available()
    return f"{found.size_bytes >> 20:,} MiB may be taken, by {found.limit}"


def room() -> str:
    """What could spoil a load."""
    risks = [*load_risks(LOAD_HZ), *firewall_risks()]
    if risks:
        raise BenchError("; ".join(risks))
    return f"a load of {LOAD_HZ:,}/s meets no limit of conntrack, queues, ports or rules"


def realtime() -> str:
    """Threads that nothing measured can interrupt."""
    busy = busy_realtime()
    if busy:
        raise BenchError("; ".join(busy), remedy="Stop it, or keep it on CPUs of its own")
    found = realtime_threads()
    return f"{counted(len(found), 'thread')} of user space, none takes much"


def others() -> str:
    """Processes that make events of the kernel dearer."""
    found = tracers()
    if found:
        raise BenchError("; ".join(found), remedy="Stop it while bench measures")
    return "no other process has BPF statistics, perf events or programs at events"
