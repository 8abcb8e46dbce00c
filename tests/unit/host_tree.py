"""A host made of files, as facts are read from."""

from __future__ import annotations

from collections.abc import Mapping

PF_KTHREAD = 0x0020_0000


def ksoftirqd_files(scheduling: Mapping[int, tuple[int, int, int]]) -> dict[str, str]:
    """Files of a host with a ksoftirqd thread per CPU: path -> content.

    Args:
        scheduling: CPU -> nice, real-time priority and policy (0 other, 1 fifo, 2 rr).
    """
    cpus = ",".join(map(str, scheduling)) + "\n"
    files = {
        "sys/devices/system/cpu/possible": cpus,
        "sys/devices/system/cpu/online": cpus,
        "proc/thread-self/status": f"Cpus_allowed_list:\t{cpus}",
        "proc/2/stat": _stat(2, "kthreadd", 0, (0, 0, 0)),
    }
    for cpu, how in scheduling.items():
        pid = 10 + cpu
        files[f"proc/{pid}/stat"] = _stat(pid, f"ksoftirqd/{cpu}", 2, how)
        files[f"proc/{pid}/status"] = f"Name:\tksoftirqd/{cpu}\nCpus_allowed_list:\t{cpu}\n"
    return files


def _stat(pid: int, name: str, parent: int, how: tuple[int, int, int]) -> str:
    """proc_pid_stat(5): field 9 is flags, 19 nice, 40 priority, 41 policy."""
    nice, priority, policy = how
    fields: list[int | str] = [0] * 52
    fields[0], fields[1], fields[6] = "S", parent, PF_KTHREAD
    fields[16], fields[37], fields[38] = nice, priority, policy
    return f"{pid} ({name}) {' '.join(map(str, fields))}\n"
