"""What a fleet costs its controller: seconds of CPU, and bytes to and from each host.

    python tests/perf/fleet_cost.py [--sweep quick]

Needs a fresh lab (`make lab`) of bare hosts. Each host makes its own connections, so that the load
is not among the bytes. Bytes are those of each host's own interface, so they
hold all that ssh adds; CPU time is that of ansible-playbook and of all that it started, the ssh
clients among them.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
HOSTS = ("sut1", "sut2")
STAGES = (
    ("provision a bare host", "playbooks/provision.yml"),
    ("provision it again", "playbooks/provision.yml"),
    ("run and collect", "playbooks/run.yml"),
    ("report", "playbooks/report.yml"),
)


def counted(host: str) -> tuple[int, int]:
    """Bytes to and from a host so far: what this end of its veth pair sent and received."""
    folder = Path(f"/sys/class/net/btlab-{host}/statistics")
    to, back = ((folder / f"{way}_bytes").read_text() for way in ("tx", "rx"))
    return int(to), int(back)


def cpu_s() -> float:
    """CPU time of processes that this one started and waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def play(playbook: str, sweep: str) -> None:
    """Run a playbook against the lab; its output goes to stderr."""
    command = [str(Path(sys.executable).with_name("ansible-playbook"))]
    command += ["-i", "inventory/netns.yml", playbook, "-e", f"sweep={sweep}", "-e", "load_host="]
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    subprocess.run(command, cwd=REPOSITORY, env=environment, check=True, stdout=sys.stderr)


def main() -> None:
    """Measure every stage; a mean over the systems under test."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sweep", default="quick")
    given = parser.parse_args()
    print(f"{'stage':<24} {'to host':>10} {'from host':>10} {'CPU s/host':>10} {'wall s':>8}")
    for stage, playbook in STAGES:
        before, used, began = [counted(host) for host in HOSTS], cpu_s(), time.monotonic()
        play(playbook, given.sweep)
        after = [counted(host) for host in HOSTS]
        seconds, cpu = time.monotonic() - began, (cpu_s() - used) / len(HOSTS)
        to, back = (
            sum(late[way] - early[way] for late, early in zip(after, before, strict=True))
            / len(HOSTS)
            / 1024
            for way in (0, 1)
        )
        print(
            f"{stage:<24} {to:>6.0f} KiB {back:>6.0f} KiB {cpu:>10.1f} {seconds:>8.1f}", flush=True
        )


if __name__ == "__main__":
    main()
