"""Sets a host's kernel for measuring, and puts back what it found.

    tune.py set STATE WISHES     write down what is there, change it, read it back
    tune.py try STATE WISHES     only say what would be changed
    tune.py restore STATE        put back what STATE says, read it back, remove STATE

WISHES is a JSON object with some of: governor, idle_latency_us, irq_cpus, timer_migration,
bpf_stats, ksoftirqd. The answer is a JSON object: changed, refused, wrong. The state file is
written before anything is changed, and keeps the first value found until it is restored.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CPUS = Path("/sys/devices/system/cpu")
IRQS = Path("/proc/irq")
BOOT = Path("/proc/sys/kernel/random/boot_id")
POLICIES = {"other": os.SCHED_OTHER, "fifo": os.SCHED_FIFO, "rr": os.SCHED_RR}


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


def wanted(wishes: dict[str, Any]) -> dict[str, str]:
    """Setting -> value, for all that this host has of what is wished for."""
    found: dict[str, str] = {}
    if "governor" in wishes:
        files = sorted(CPUS.glob("cpu[0-9]*/cpufreq/scaling_governor"))
        found |= {str(file): wishes["governor"] for file in files}
    if "idle_latency_us" in wishes:
        for state in sorted(CPUS.glob("cpu[0-9]*/cpuidle/state[0-9]*")):
            slow = int((state / "latency").read_text()) > wishes["idle_latency_us"]
            found[str(state / "disable")] = str(int(slow))
    if "irq_cpus" in wishes:
        files = sorted(IRQS.glob("[0-9]*/smp_affinity_list"))
        found |= {str(file): wishes["irq_cpus"] for file in files}
    for wish, file in (
        ("timer_migration", "/proc/sys/kernel/timer_migration"),
        ("bpf_stats", "/proc/sys/kernel/bpf_stats_enabled"),
    ):
        if wish in wishes and Path(file).exists():
            found[file] = str(int(wishes[wish]))
    if "ksoftirqd" in wishes:
        found |= {f"thread:{pid}": wishes["ksoftirqd"] for pid in ksoftirqd()}
    return found


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
    found: set[int] = set()
    try:
        for part in text.split(","):
            low, _, high = part.partition("-")
            found |= set(range(int(low), int(high or low) + 1))
    except ValueError:
        return None
    return found


def change(values: dict[str, str]) -> tuple[list[str], list[str]]:
    """Change settings; which were refused, and which read back otherwise."""
    refused, wrong = [], []
    for name, value in values.items():
        try:
            write(name, value)
        except OSError as error:
            refused.append(f"{name}: {error.strerror}")
            continue
        if not same(read(name), value):
            wrong.append(f"{name} is {read(name)} after setting it to {value}")
    return refused, wrong


def load(state: Path) -> dict[str, str]:
    """Values found before, unless a reboot has put them back already."""
    content = json.loads(state.read_text()) if state.exists() else {"boot_id": ""}
    return content["found"] if content["boot_id"] == BOOT.read_text().strip() else {}


def save(state: Path, found: dict[str, str]) -> None:
    """Write down what was found, and wait until it is on disk."""
    state.parent.mkdir(parents=True, exist_ok=True)
    partial = state.with_suffix(".new")
    with partial.open("w") as file:
        json.dump({"boot_id": BOOT.read_text().strip(), "found": found}, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(state)


def tune(state: Path, wishes: dict[str, Any], *, only_try: bool) -> dict[str, list[str]]:
    """Set what is wished for."""
    values = {n: v for n, v in wanted(wishes).items() if not same(read(n), v)}
    answer = {"changed": sorted(values), "refused": [], "wrong": []}
    if values and not only_try:
        save(state, {name: read(name) for name in values} | load(state))
        answer["refused"], answer["wrong"] = change(values)
    return answer


def restore(state: Path) -> dict[str, list[str]]:
    """Put back what was found; the state file goes only when all of it is back."""
    values = {name: value for name, value in load(state).items() if not same(read(name), value)}
    refused, wrong = change(values)
    # What refuses its old value too was never changed.
    wrong += [text for text in refused if not _unchanged(text.partition(": ")[0], values)]
    if not wrong:
        state.unlink(missing_ok=True)
    return {"changed": sorted(values), "refused": refused, "wrong": wrong}


def _unchanged(name: str, values: dict[str, str]) -> bool:
    return same(read(name), values[name])


def main() -> int:
    """Do as told; 1 when a setting is not as it should be."""
    action, where, *wishes = sys.argv[1:]
    if action == "restore":
        answer = restore(Path(where))
    else:
        answer = tune(Path(where), json.loads(wishes[0]), only_try=action == "try")
    print(json.dumps(answer))
    return int(bool(answer["wrong"]))


if __name__ == "__main__":
    sys.exit(main())
