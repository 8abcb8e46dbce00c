"""What a fleet costs its controller alone: hosts are simulated, and measure in no time.

    python tests/perf/fleet_controller.py [--hosts 10 50 200] [--load-hosts 5] [--forks 5]

Runs ``playbooks/run.yml`` on an inventory whose hosts answer from the controller itself, see
``stub_hosts/stub.py``: no host, network or kernel is touched. CPU time is that of ansible-playbook
and all that it starts. ``one`` is the peak memory of its largest process, ``all`` that of all its
processes together, pages that they share counted once (PSS, sampled). Ends with 1 if CPU time per
host grows by more than half from the fewest hosts to the most, if a host ends without its records,
or if load hosts are not shared fairly.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.identity import identity

REPOSITORY = Path(__file__).resolve().parents[2]
RUN = REPOSITORY / "results/20261125T204523Z-vm-quick"
PLUGINS = Path(__file__).resolve().parent / "stub_hosts"
NAME = "20260101T000000Z-stub-quick"
RECORDS = ("run.json", "trials.jsonl")
LOOKS = 2
MOST_GROWTH = 1.5


@dataclass(frozen=True, slots=True)
class Cost:
    """What one play cost.

    Attributes:
        one_mib: Peak of the largest process; ``all_mib`` of all together.
        complete: Hosts that have all their records in the end.
        keys: Keys given to each load host, and the most that one had at a time.
    """

    hosts: int
    wall_s: float
    cpu_s: float
    one_mib: float
    all_mib: float
    complete: int
    keys: tuple[tuple[int, ...], int]


def inventory(hosts: int, load_hosts: int) -> str:
    """Hosts that differ in their address only; JSON is YAML."""
    sut = {f"sut{n:03d}": {"ansible_host": f"10.0.{n // 250}.{n % 250 + 1}"} for n in range(hosts)}
    load = {f"load{n:02d}": {"ansible_host": f"10.1.0.{n + 1}"} for n in range(load_hosts)}
    groups = {"sut": {"hosts": sut}} | ({"load": {"hosts": load}} if load else {})
    common = {"ansible_connection": "stub", "ansible_python_interpreter": "/usr/bin/python3"}
    return json.dumps({"bench": {"vars": common, "children": groups}})


def prepare(folder: Path) -> None:
    """A run for hosts to have, as an archive and as files; without the reports made of it."""
    (folder / "state").mkdir()
    for name in RECORDS:
        shutil.copy(RUN / name, folder / name)
    with tarfile.open(folder / "run.tar.gz", "w:gz") as tar:
        for name in (*RECORDS, "samples"):
            tar.add(RUN / name, f"{NAME}/{name}")


def play(folder: Path, hosts: int, load_hosts: int, forks: int) -> Cost:
    """Run the playbook once."""
    prepare(folder)
    (folder / "inventory.yml").write_text(inventory(hosts, load_hosts))
    playbook = Path(sys.executable).with_name("ansible-playbook")
    command = [str(playbook), "-i", str(folder / "inventory.yml"), "playbooks/run.yml"]
    command += ["--forks", str(forks), "-e", "sweep=quick", "-e", "run_poll_seconds=1"]
    command += ["-e", f"collect_results_path={folder}/results"]
    environment = {
        **os.environ,
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_CONNECTION_PLUGINS": str(PLUGINS),
        "ANSIBLE_PIPELINING": "1",
        "STUB_FOLDER": str(folder / "state"),
        "STUB_RUN": str(folder / "run.tar.gz"),
        "STUB_LOOKS": str(LOOKS),
        "STUB_CODE": identity().source_hash,
    }
    began = time.monotonic()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=REPOSITORY, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        memory = Memory(process.pid)
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall_s = time.monotonic() - began
    if process.returncode:
        text = (folder / "log").read_text(errors="replace")
        sys.exit(f"ansible-playbook ended with {process.returncode}:\n{text[-4000:]}")
    return Cost(
        hosts=hosts,
        wall_s=wall_s,
        cpu_s=used.ru_utime + used.ru_stime,
        one_mib=used.ru_maxrss / 1024,
        all_mib=memory.peak_mib(),
        complete=complete(folder / "results"),
        keys=keys(folder / "state" / "keys"),
    )


class Memory:
    """Peak memory of a session's processes, looked at twice a second."""

    def __init__(self, session: int) -> None:
        self._session, self._peak_kib = session, 0
        self._ended = threading.Event()
        # A play that fails ends this program, whatever is still being looked at.
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._ended.wait(0.5):
            self._peak_kib = max(self._peak_kib, sum(map(pss_kib, members(self._session))))

    def peak_mib(self) -> float:
        """The peak, once the processes are gone."""
        self._ended.set()
        self._thread.join()
        return self._peak_kib / 1024


def members(session: int) -> list[Path]:
    """Folders in ``/proc`` of a session's processes."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            words = (path / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(words[3]) == session:
            found.append(path)
    return found


def pss_kib(process: Path) -> int:
    """Its memory, shared pages divided by who shares them."""
    try:
        found = re.search(r"^Pss: +(\d+)", (process / "smaps_rollup").read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) if found else 0


def complete(results: Path) -> int:
    """Hosts that have all their records, as the fleet's report judges it."""
    from bench.fleet.model import State
    from bench.fleet.read import FLEET_FILE, read_fleet

    (file,) = results.glob(f"*/{FLEET_FILE}")
    return sum(host.state is State.COMPLETE for host in read_fleet(file.parent).hosts)


def keys(log: Path) -> tuple[tuple[int, ...], int]:
    """Keys that each load host was given, and the most that one of them had at a time."""
    if not log.exists():
        return (), 0
    given: Counter[str] = Counter()
    held: Counter[str] = Counter()
    most = 0
    for line in log.read_text().splitlines():
        _, host, word = line.split()
        # The role first removes what an earlier run may have left.
        held[host] = held[host] + 1 if word == "add" else max(held[host] - 1, 0)
        given[host] += word == "add"
        most = max(most, held[host])
    return tuple(given.values()), most


def fair(cost: Cost, load_hosts: int) -> bool:
    """Whether each load host served one host at a time, and all as many, give or take one."""
    shares, most = cost.keys
    return not load_hosts or (
        len(shares) == min(load_hosts, cost.hosts)
        and max(shares) - min(shares) <= 1
        and sum(shares) == cost.hosts
        and most == 1
    )


def show(cost: Cost) -> None:
    """One row."""
    shares, most = cost.keys
    load = f"{min(shares)} to {max(shares)}, {most} at once" if shares else "-"
    print(
        f"{cost.hosts:>6} {cost.wall_s:>8.0f} {cost.cpu_s:>8.0f} {cost.cpu_s / cost.hosts:>10.2f} "
        f"{cost.one_mib:>8.0f} {cost.all_mib:>8.0f} {cost.complete:>9}  {load}",
        flush=True,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Play each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, nargs="+", default=[10, 50, 200])
    parser.add_argument("--load-hosts", type=int, default=0)
    parser.add_argument("--forks", type=int, default=5)
    given = parser.parse_args(arguments)
    print(f"forks {given.forks}, load hosts {given.load_hosts}")
    titles = ("hosts", "wall s", "CPU s", "CPU s/host", "one MiB", "all MiB", "complete")
    widths = (6, 8, 8, 10, 8, 8, 9)
    print(*(f"{t:>{w}}" for t, w in zip(titles, widths, strict=True)), " hosts per load host")
    found = []
    for hosts in given.hosts:
        with tempfile.TemporaryDirectory(prefix="fleet-controller-") as folder:
            found.append(play(Path(folder), hosts, given.load_hosts, given.forks))
        show(found[-1])
    growth = (found[-1].cpu_s / found[-1].hosts) / (found[0].cpu_s / found[0].hosts)
    print(f"CPU time per host, most hosts over fewest: {growth:.2f}")
    good = all(cost.complete == cost.hosts and fair(cost, given.load_hosts) for cost in found)
    return int(not good or growth > MOST_GROWTH)


if __name__ == "__main__":
    sys.exit(main())
