"""Sets a host's kernel for measuring, and puts back what it found.

    tune.py check WISHES               only judge the values; needs nothing of the host
    tune.py try STATE WISHES           only say what would be changed
    tune.py set STATE WISHES OWNER     write down what is there, change it, read it back
    tune.py idle                       is nothing measuring here?
    tune.py force STATE                put back, also while the host is measuring
    tune.py restore STATE [OWNER]      put back what STATE says, read it back, remove STATE
    tune.py verify STATE OWNER         is what was set for OWNER still as it was then?

WISHES is a JSON object with some of: governor, idle_latency_us, irq_cpus, timer_migration,
bpf_stats, ksoftirqd. The answer is a JSON object between marks, because a login shell may print
text of its own: changed; left, what the kernel does not let move; wrong, why this failed.

The state file is written before anything is changed, and keeps the first value found until it is
restored. OWNER is the fleet run that tunes: another one's restore leaves its tuning alone. Nothing
is changed while the host is measuring, nor can a measurement begin while something is changed.
`bench run` verifies once the host is its own: what was set may have been put back meanwhile.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

MARKS = ("<<<tune ", " tune>>>")
CPUS = Path("/sys/devices/system/cpu")
IRQS = Path("/proc/irq")
SYSCTLS = Path("/proc/sys/kernel")
BOOT = Path("/proc/sys/kernel/random/boot_id")
LOCKED = Path("/sys/kernel/btf/vmlinux")
"""`bench run` holds a lock on it while it measures."""
GLANCE_S = 1.0
"""Whoever looks, or changes settings, holds it for less than this."""
POLICIES = {"other": os.SCHED_OTHER, "fifo": os.SCHED_FIFO, "rr": os.SCHED_RR}
PRIORITIES = {"other": range(-20, 20), "fifo": range(1, 100), "rr": range(1, 100)}
MOST_CPUS = 1 << 16


class TuneError(Exception):
    """What was asked for cannot be had; says why, and what to do."""


def read(name: str) -> str:
    """The present value of a setting: a file's content, or ``POLICY:PRIORITY`` of a thread."""
    if not name.startswith("thread:"):
        return Path(name).read_text().strip()
    pid = int(name.rpartition(":")[2])
    number = os.sched_getscheduler(pid)
    policy = next((word for word, value in POLICIES.items() if value == number), str(number))
    if number == os.SCHED_OTHER:
        return f"{policy}:{os.getpriority(os.PRIO_PROCESS, pid)}"
    return f"{policy}:{os.sched_getparam(pid).sched_priority}"


def write(name: str, value: str) -> None:
    """Change a setting; the kernel may refuse with OSError."""
    if not name.startswith("thread:"):
        Path(name).write_text(value)
        return
    pid = int(name.rpartition(":")[2])
    policy, _, priority = value.partition(":")
    real_time = POLICIES[policy] != os.SCHED_OTHER
    os.sched_setscheduler(pid, POLICIES[policy], os.sched_param(int(priority) if real_time else 0))
    if not real_time:
        os.setpriority(os.PRIO_PROCESS, pid, int(priority))


def _governor(text: str) -> str | None:
    return text if re.fullmatch("[a-z_]+", text) else None


def _microseconds(text: str) -> str | None:
    return text if re.fullmatch("[0-9]{1,9}", text) else None


def _switch(text: str) -> str | None:
    words = {"0": "0", "no": "0", "false": "0", "1": "1", "yes": "1", "true": "1"}
    return words.get(text.lower())


def _cpu_list(text: str) -> str | None:
    return text if _cpus(text) else None


def _scheduling(text: str) -> str | None:
    policy, _, priority = text.partition(":")
    whole = re.fullmatch("-?[0-9]{1,2}", priority)
    return text if whole and int(priority) in PRIORITIES.get(policy, ()) else None


RULES: dict[str, tuple[Callable[[str], str | None], str]] = {
    "governor": (_governor, "a word such as performance"),
    "idle_latency_us": (_microseconds, "whole microseconds"),
    "irq_cpus": (_cpu_list, "a list of CPUs such as 0-3,8"),
    "timer_migration": (_switch, "0 or 1, yes or no"),
    "bpf_stats": (_switch, "0 or 1, yes or no"),
    "ksoftirqd": (_scheduling, "fifo:1 to fifo:99, rr:1 to rr:99, or other:-20 to other:19"),
}


def checked(wishes: dict[str, Any]) -> dict[str, str]:
    """The wishes as the kernel takes them.

    Raises:
        TuneError: Names every value that no kernel takes.
    """
    found, wrong = {}, []
    for name, value in wishes.items():
        rule, meaning = RULES[name]
        good = rule(str(value).strip())
        if good is None:
            wrong.append(f"tune_{name} is {str(value)!r}; it must be {meaning}")
        else:
            found[name] = good
    if wrong:
        raise TuneError("; ".join(wrong))
    return found


def wanted(wishes: dict[str, str]) -> dict[str, str]:
    """Setting -> value, for all settings of this host that are wished for.

    Raises:
        TuneError: This kernel has no such setting.
    """
    found: dict[str, str] = {}
    for wish, value in wishes.items():
        settings = dict(SETTINGS[wish](value))
        if not settings:
            raise TuneError(f"tune_{wish}: this host has no {WHERE[wish]}; leave the variable out")
        found |= settings
    return found


def _governors(value: str) -> Iterator[tuple[str, str]]:
    for file in sorted(CPUS.glob("cpu[0-9]*/cpufreq/scaling_governor")):
        yield str(file), value


def _idle_states(value: str) -> Iterator[tuple[str, str]]:
    for state in sorted(CPUS.glob("cpu[0-9]*/cpuidle/state[0-9]*")):
        slow = int((state / "latency").read_text()) > int(value)
        yield str(state / "disable"), str(int(slow))


def _interrupts(value: str) -> Iterator[tuple[str, str]]:
    online = (CPUS / "online").read_text().strip()
    if not (_cpus(value) or set()) <= (_cpus(online) or set()):
        raise TuneError(f"tune_irq_cpus is {value!r}; CPUs that are online here: {online}")
    for file in sorted(IRQS.glob("[0-9]*/smp_affinity_list")):
        yield str(file), value


def _sysctl(name: str) -> Callable[[str], Iterator[tuple[str, str]]]:
    def settings(value: str) -> Iterator[tuple[str, str]]:
        if (SYSCTLS / name).exists():
            yield str(SYSCTLS / name), value

    return settings


def _threads(value: str) -> Iterator[tuple[str, str]]:
    for pid in ksoftirqd():
        yield f"thread:{pid}", value


SETTINGS: dict[str, Callable[[str], Iterator[tuple[str, str]]]] = {
    "governor": _governors,
    "idle_latency_us": _idle_states,
    "irq_cpus": _interrupts,
    "timer_migration": _sysctl("timer_migration"),
    "bpf_stats": _sysctl("bpf_stats_enabled"),
    "ksoftirqd": _threads,
}
WHERE = {
    "governor": "/sys/devices/system/cpu/cpu*/cpufreq/scaling_governor",
    "idle_latency_us": "/sys/devices/system/cpu/cpu*/cpuidle",
    "irq_cpus": "/proc/irq/*/smp_affinity_list",
    "timer_migration": "/proc/sys/kernel/timer_migration",
    "bpf_stats": "/proc/sys/kernel/bpf_stats_enabled",
    "ksoftirqd": "ksoftirqd threads",
}


def ksoftirqd() -> Iterator[int]:
    """Pids of the ksoftirqd threads: kernel threads have kthreadd, pid 2, as their parent."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text().partition("(")[2].rpartition(")")
        except OSError:
            continue
        if name.startswith("ksoftirqd/") and rest.split()[1] == "2":
            yield int(stat.parent.name)


def same(first: str, second: str) -> bool:
    """Whether two values mean the same; the kernel writes lists of CPUs in its own way."""
    return first == second or _cpus(first) == _cpus(second) is not None


def _cpus(text: str) -> set[int] | None:
    if not re.fullmatch(r"[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*", text):
        return None
    found: set[int] = set()
    for part in text.split(","):
        low, _, high = part.partition("-")
        if not int(low) <= int(high or low) < MOST_CPUS:
            return None
        found |= set(range(int(low), int(high or low) + 1))
    return found


def differing(values: dict[str, str]) -> dict[str, str]:
    """Settings that have another value now; an interrupt or a thread may be gone meanwhile."""
    found = {}
    for name, value in values.items():
        try:
            if not same(read(name), value):
                found[name] = value
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def change(values: dict[str, str]) -> tuple[list[str], list[str]]:
    """Change settings; which interrupts cannot be moved, and what went wrong."""
    left, wrong = [], []
    for name, value in values.items():
        try:
            write(name, value)
        except OSError as error:
            # Many interrupts belong to one CPU, or to none that anybody may choose.
            immovable = name.startswith(str(IRQS))
            (left if immovable else wrong).append(f"{name} refuses {value}: {error.strerror}")
            continue
        if not same(read(name), value):
            wrong.append(f"{name} is {read(name)} after setting it to {value}")
    return left, wrong


def load(state: Path) -> dict[str, Any]:
    """Owner and values found before; nothing if a reboot has put them back already."""
    content = json.loads(state.read_text()) if state.exists() else {"boot_id": ""}
    mine = content["boot_id"] == BOOT.read_text().strip()
    return {"owner": None, **content} if mine else {"owner": None, "found": {}}


def save(state: Path, owner: str, found: dict[str, str], wanted: dict[str, str]) -> None:
    """Write down what was found and what is set, and wait until it is on disk."""
    state.parent.mkdir(parents=True, exist_ok=True)
    partial = state.with_suffix(".new")
    boot_id = BOOT.read_text().strip()
    content = {"boot_id": boot_id, "owner": owner, "found": found, "wanted": wanted}
    with partial.open("w") as file:
        json.dump(content, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(state)


def measuring() -> bool:
    """Whether a bench measures on this host."""
    with lock(fcntl.LOCK_SH, GLANCE_S) as mine:
        return not mine


@contextmanager
def lock(kind: int, wait_s: float) -> Iterator[bool]:
    """Hold the lock of whoever measures while the block runs; whether it could be had."""
    if not LOCKED.exists():  # Nothing can measure here.
        yield True
        return
    fd = os.open(LOCKED, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield _locked(fd, kind, time.monotonic() + wait_s)
    finally:
        os.close(fd)


def _locked(fd: int, kind: int, end: float) -> bool:
    while True:
        try:
            fcntl.flock(fd, kind | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= end:
                return False
        time.sleep(0.02)


def tune(
    state: Path, wishes: dict[str, Any], owner: str = "", *, only_try: bool
) -> dict[str, list[str]]:
    """Set what is wished for, all or nothing.

    Raises:
        TuneError: It cannot be had.
    """
    everything = wanted(checked(wishes))
    if only_try:
        return {"changed": sorted(differing(everything)), "left": [], "wrong": []}
    with lock(fcntl.LOCK_EX, GLANCE_S) as mine:
        # Under the lock: another operator may have tuned a moment ago.
        before, values = load(state), differing(everything)
        if before["owner"] not in (None, owner):
            raise TuneError(f"this host is tuned for {before['owner'] or 'somebody else'}: {OTHER}")
        if not mine and values:
            raise TuneError(f"another bench is measuring on this host: {OTHER}")
        return _set(state, owner, everything, values, before["found"])


def _set(
    state: Path,
    owner: str,
    everything: dict[str, str],
    values: dict[str, str],
    before: dict[str, str],
) -> dict[str, list[str]]:
    found = {name: read(name) for name in values} | before
    save(state, owner, found, {})
    left, wrong = change(values)
    interrupts = [(n, v) for n, v in everything.items() if n.startswith(str(IRQS))]
    if left and not any(same(read(name), value) for name, value in interrupts):
        wrong += left  # None could be moved.
    if wrong:
        wrong += _put_back(state)["wrong"]
    else:
        save(state, owner, found, {name: read(name) for name in everything})
    return {"changed": sorted(values), "left": left, "wrong": wrong}


def verify(state: Path, owner: str) -> dict[str, list[str]]:
    """Name what is no longer as it was set for an owner."""
    before = load(state)
    if before["owner"] != owner:
        raise TuneError("what was tuned for this run was put back before it began: run it again")
    other = differing(before.get("wanted", {}))
    wrong = [
        f"{n} is {read(n)}, and was set to {v} for this run: run it again" for n, v in other.items()
    ]
    return {"changed": [], "left": [], "wrong": wrong}


OTHER = "wait until that has ended, or run playbooks/restore.yml"


def restore(state: Path, owner: str | None = None, *, force: bool = False) -> dict[str, list[str]]:
    """Put back what was found; the state file goes only when all of it is back.

    Args:
        state: The state file.
        owner: Whose tuning is put back; None = whoever's.
        force: Also while the host is measuring.

    Raises:
        TuneError: The host is measuring.
    """
    before = load(state)
    if owner is not None and before["owner"] not in (None, owner):
        return {"changed": [], "left": [], "wrong": []}
    with lock(fcntl.LOCK_EX, 0.0 if force else GLANCE_S) as mine:
        if not mine and not force and differing(before["found"]):
            raise TuneError("this host is measuring, so what was tuned stays until that has ended")
        return _put_back(state)


def _put_back(state: Path) -> dict[str, list[str]]:
    values = differing(load(state)["found"])
    left, wrong = change(values)
    # What refuses its old value too was never changed.
    left += [text for text in wrong if " refuses " in text and _unchanged(text, values)]
    wrong = [text for text in wrong if text not in left]
    if not wrong:
        state.unlink(missing_ok=True)
    return {"changed": sorted(values), "left": left, "wrong": wrong}


def _unchanged(text: str, values: dict[str, str]) -> bool:
    name = text.partition(" refuses ")[0]
    return same(read(name), values[name])


def answer_to(action: str, words: list[str]) -> dict[str, list[str]]:
    """What is printed."""
    try:
        if action == "check":
            checked(json.loads(words[0]))
            return {"changed": [], "left": [], "wrong": []}
        if action == "idle":
            found = ["this host is measuring: wait until that has ended"] if measuring() else []
            return {"changed": [], "left": [], "wrong": found}
        if action == "force":
            return restore(Path(words[0]), force=True)
        if action == "restore":
            return restore(Path(words[0]), words[1] if len(words) > 1 else None)
        if action == "verify":
            return verify(Path(words[0]), words[1])
        owner = words[2] if len(words) > 2 else ""
        return tune(Path(words[0]), json.loads(words[1]), owner, only_try=action == "try")
    except TuneError as error:
        return {"changed": [], "left": [], "wrong": [str(error)]}
    except ValueError as error:
        return {"changed": [], "left": [], "wrong": [f"{words[0]} is corrupted: {error}"]}
    except OSError as error:
        text = f"{error.filename or 'the kernel'}: {error.strerror}"
        return {"changed": [], "left": [], "wrong": [text]}


def main() -> int:
    """Do as told; 1 when a setting is not as it should be."""
    answer = answer_to(sys.argv[1], sys.argv[2:])
    print(json.dumps(answer).join(MARKS))
    return int(bool(answer["wrong"]))


if __name__ == "__main__":
    sys.exit(main())
