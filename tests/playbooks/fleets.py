"""What the tests of fleets measure, and what they look at."""

from __future__ import annotations

import os
from pathlib import Path

from bench.spec import Controls

TUNED = {
    "tune_timer_migration": "0",
    "tune_bpf_stats": "1",
    "tune_irq_cpus": "0",
    "tune_ksoftirqd": "other:-5",
}
SETTINGS = (
    Path("/proc/sys/kernel/timer_migration"),
    Path("/proc/sys/kernel/bpf_stats_enabled"),
    *sorted(Path("/proc/irq").glob("[0-9]*/smp_affinity_list")),
)
SWEEP = """
name: {name}
question: Does a fleet measure this?
duration: {duration}
warmup: 50ms
repeat: {repeat}
seed: 7
max_steal: 1.0
controls: {controls}
cells:
  - {{program: resident, map_size: 100, timeout: 10ms, observer: procfs}}
"""
WITH_LOAD = "  - {program: tcp, map_size: 65536, timeout: 1ms, load: 200, observer: procfs}\n"


def settings() -> dict[str, str]:
    """Every setting that the role tune can touch here, file by file, and the threads' niceness."""
    found = {str(path): path.read_text() for path in SETTINGS}
    for comm in Path("/proc").glob("[0-9]*/comm"):
        try:
            if comm.read_text().startswith("ksoftirqd/"):
                found[str(comm)] = str(os.getpriority(os.PRIO_PROCESS, int(comm.parent.name)))
        except OSError:
            continue
    return found


def put_back(before: dict[str, str]) -> None:
    """Set what a test left otherwise, which then has failed: all hosts share this kernel."""
    for name, value in settings().items():
        if name in before and before[name] != value:
            if name.endswith("/comm"):
                os.setpriority(os.PRIO_PROCESS, int(Path(name).parent.name), int(before[name]))
            else:
                Path(name).write_text(before[name])


def sweep_file(
    folder: Path,
    name: str,
    *,
    repeat: int,
    duration: str,
    load: bool,
    controls: Controls | None = None,
) -> str:
    """A sweep of one cell, or of two if there is load; then with controls unless told otherwise."""
    path = folder / f"{name}.yaml"
    controls = controls or (Controls.BASIC if load else Controls.NONE)
    text = SWEEP.format(name=name, repeat=repeat, duration=duration, controls=controls)
    path.write_text(text + (WITH_LOAD if load else ""))
    return str(path)
