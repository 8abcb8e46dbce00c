"""The probes of ``bench doctor``, in the order in which one depends on the other."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from bench.doctor import surroundings
from bench.doctor.probe import Probe
from bench.drivers.environment import Environment
from bench.drivers.objects import of_programs
from bench.drivers.registry import find_driver
from bench.drivers.session import opened_object
from bench.drivers.timer_memory import reserve_need
from bench.errors import BenchError
from bench.host.cpus import find_cpus
from bench.host.facts import ROOT
from bench.host.fingerprint import fingerprint
from bench.host.idle_account import idle_is_exact
from bench.host.kernel_facts import timer_resolution_ns
from bench.host.ksoftirqd import find_ksoftirqd
from bench.host.mounts import find_mounts, mount_remedy
from bench.libbpf import btf, compiler, ffi, shipped
from bench.load.controller import Load, LoadPlan
from bench.observers.registry import make_observer
from bench.programs.registry import PROGRAMS
from bench.spec import AddressFamily, ArmCpus, Cell, Hook, ObserverName, Phase
from bench.store import check_writable
from bench.units import NS_PER_MS, NS_PER_S, format_duration
from bench.words.plurals import counted

ALL = "every measurement"
PROBE_CONNECTIONS_HZ = 200
PROBE_S = 0.25


def catalogue(results: Path) -> list[Probe]:
    """All probes; ``results`` is where runs would be written."""
    return [
        Probe("root", ALL, surroundings.root, essential=True),
        Probe("clocks", ALL, surroundings.clocks, essential=True),
        Probe("byte order", ALL, surroundings.byte_order, essential=True),
        Probe("kernel BTF", ALL, _btf, essential=True),
        Probe("libbpf", ALL, ffi.version, essential=True),
        Probe("clang", ALL, _clang, essential=True),
        Probe("bpf_timer", ALL, _timer, essential=True),
        Probe("CPUs", ALL, surroundings.cpus, essential=True),
        Probe("CPU time", "rates and lateness near the bound", surroundings.quota),
        Probe("ksoftirqd threads", ALL, _ksoftirqd, essential=True),
        Probe("memory", ALL, surroundings.available, essential=True),
        Probe("timer memory", "maps of many timers", _memory),
        Probe("room for a load", "loads of many connections", surroundings.room),
        Probe("real-time tasks", "lateness that is the host's own", surroundings.realtime),
        Probe("other tracers", "costs that are the timers' own", surroundings.others),
        Probe("exact expiry by plain loads", "nothing: slower reads are used", _plain_loads),
        Probe("timers between ticks", "lateness below a tick", _resolution),
        Probe("what moves timers", "nothing", _movers),
        Probe("exact idle time", "total costs", _idle),
        *[_hook_probe(hook) for hook in PROGRAMS["tcp"].hooks],
        *[_load_probe(ip) for ip in (AddressFamily.IPV4, AddressFamily.IPV6)],
        Probe("observer bcc", "nothing if core works", _observer(ObserverName.BCC)),
        Probe("observer core", "softirq time without bcc", _observer(ObserverName.CORE)),
        Probe("observer procfs", "ksoftirqd CPU time", _observer(ObserverName.PROCFS)),
        Probe("tracefs", "nothing of bench; tests and tracing by hand", _mount("tracefs")),
        Probe("bpffs", "pinning by other tools", _mount("bpffs")),
        Probe("cgroup2", "hook sockops", _mount("cgroup2")),
        Probe("results folder", "keeping any result", _results(results), essential=True),
    ]


def _environment() -> Environment:
    return Environment(
        cpus=find_cpus().usable,
        ksoftirqd=find_ksoftirqd(),
        cgroup=find_mounts().cgroup2,
    )


def _btf() -> str:
    timer = btf.vmlinux().struct("bpf_hrtimer")
    if timer is None:
        raise BenchError("no struct bpf_hrtimer", remedy="Use kernel 5.17 or newer")
    return f"struct bpf_hrtimer has {timer.size} bytes"


def _clang() -> str:
    for source, defines in of_programs():
        compiler.compiled(source, defines)
    came = shipped.compiler()
    if came:
        return f"not needed: the programs came with the tool, made by {came}"
    return f"{compiler.clang_version()}; compiles all programs"


def _timer() -> str:
    driver, environment = find_driver("resident"), _environment()
    cell = Cell(
        program="resident",
        map_size=1,
        timeout_ns=NS_PER_MS,
        phase=Phase.BURST,
        arm_cpus=ArmCpus.ONE,
    )
    with opened_object(driver, cell, environment, {}) as session:
        session.prepare(environment, NS_PER_S)
        driver.arm(session.run, cell, environment)
        time.sleep(PROBE_S)
        session.stop_arming()
        seen = session.read()
    if not seen.fired:
        failed = seen.init_failed or seen.start_failed or "no error"
        raise BenchError(f"a timer of 1 ms did not fire within {PROBE_S} s: {failed}")
    earliest = format_duration(seen.lateness.min_ns)
    return f"a timer of 1 ms fired {counted(seen.fired, 'time')}, {earliest} late at best"


def _ksoftirqd() -> str:
    found = find_ksoftirqd()
    return ", ".join(f"CPU {cpu}: pid {pid}" for cpu, pid in found.items())


def _memory() -> str:
    need = reserve_need(_environment())
    return f"reserve needed: {need.reason}" if need.needed else f"reserve {need.reason}"


def _plain_loads() -> str:
    if not btf.vmlinux().has_function("bpf_rdonly_cast"):
        raise BenchError("no kfunc bpf_rdonly_cast", remedy="Kernel 6.2 or newer has it")
    return "kfunc bpf_rdonly_cast"


def _resolution() -> str:
    resolution_ns = timer_resolution_ns(ROOT)
    if resolution_ns != 1:
        raise BenchError(
            f"timers fire on ticks only, {resolution_ns} ns apart",
            remedy="Boot without highres=off, with a clock that permits high resolution "
            "(/proc/timer_list says which there is)",
        )
    return "hrtimers have high resolution"


MOVERS = (
    *("clockevent", "tick_broadcast", "hrtick", "cfi", "idle_governor", "idle_deepest"),
    *("cpus_isolated", "cpus_nohz_full", "bpf_jit_harden", "os_name"),
)


def _movers() -> str:
    """Facts of the fingerprint that move lateness; ``-`` = this host does not say."""
    found = fingerprint()
    said = {name: "-" if found[name] in (None, "") else found[name] for name in MOVERS}
    return ", ".join(f"{name} {value}" for name, value in said.items())


def _idle() -> str:
    exact = idle_is_exact()
    if exact is False:
        raise BenchError(
            "the kernel charges whole ticks to what they hit",
            remedy="Boot a kernel with CONFIG_NO_HZ_IDLE, without nohz=off",
        )
    if exact is None:
        return "not known, because the host was busy; try again on a quiet one"
    return "idle time is a difference of clock readings"


def _hook_probe(hook: Hook) -> Probe:
    def attempt() -> str:
        cell = Cell(program="tcp", hook=hook, map_size=16, timeout_ns=NS_PER_MS, load_hz=1)
        with opened_object(find_driver("tcp"), cell, _environment(), {}):
            return "loads and attaches"

    return Probe(f"hook {hook}", f"program tcp with hook {hook}", attempt)


def _load_probe(ip: AddressFamily) -> Probe:
    def attempt() -> str:
        with Load() as load:
            load.start(LoadPlan(rate_hz=PROBE_CONNECTIONS_HZ, ip=ip))
            time.sleep(PROBE_S)
            done = load.stop()
        if not done.connected:
            raise BenchError(f"no connection in {PROBE_S} s, errors: {done.errors}")
        return f"{counted(done.connected, 'connection')}, ports {load.ports[0]} to {load.ports[-1]}"

    return Probe(f"load over {ip}", f"connections over {ip}", attempt)


def _observer(name: ObserverName) -> Callable[[], str]:
    def attempt() -> str:
        with make_observer(name, find_ksoftirqd()) as observer:
            observer.snapshot()
            detail = observer.info().detail
        return ", ".join(f"{key} {value}" for key, value in detail.items()) or "works"

    return attempt


def _mount(kind: str) -> Callable[[], str]:
    def attempt() -> str:
        path: Path | None = getattr(find_mounts(), kind)
        if path is None:
            raise BenchError(f"{kind} is not mounted", remedy=mount_remedy(kind))
        return str(path)

    return attempt


def _results(folder: Path) -> Callable[[], str]:
    def attempt() -> str:
        check_writable(folder, 1 << 20)
        return str(folder)

    return attempt
