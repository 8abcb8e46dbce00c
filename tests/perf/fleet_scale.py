"""CPU time and memory of merging and reporting a fleet run, text and page, at three sizes.

    python tests/perf/fleet_scale.py [--hosts 200] [--cells 500] [--from RUN]

Hosts are made of the records of a real run: each record is repeated over as many cells, and its
delays are scaled by a factor that is the host's own, so that hosts differ as real ones do. Ends
with 1 if the largest size takes more than 120 s or 2 GiB, or if the time per record grows by more
than half from the smallest size to the largest. The time of the HTML page without pictures,
``page s``, is not in that: much of it is the same for every size. It is CPU time, which a busy
machine lengthens less than it does wall time.
"""

from __future__ import annotations

import argparse
import copy
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
RUN = REPOSITORY / "results/20261125T204523Z-vm-quick"
MOST_S, MOST_MIB, MOST_GROWTH = 120.0, 2048.0, 1.5
BATCH = "--measure"


def scaled(record: dict[str, Any], cell: int, factor: float) -> dict[str, Any]:
    """A record moved to another cell, its delays times a factor."""
    found = copy.copy(record)
    found["trial"] = cell + 1
    found["cell"] = {**record["cell"], "map_size": record["cell"]["map_size"] + cell}
    if record["lateness"]:
        delays = {
            k: v * factor if k == "mean_ns" else round(v * factor)
            for k, v in record["lateness"].items()
            if k.endswith("_ns") and v is not None
        }
        found["lateness"] = {**record["lateness"], **delays}
    return found


def make_fleet(folder: Path, source: Path, hosts: int, cells: int) -> int:
    """A fleet run of so many hosts; the number of its bytes."""
    header = json.loads((source / "run.json").read_text())
    lines = (source / "trials.jsonl").read_text().splitlines()
    found = [json.loads(line) for line in lines]
    records = [record for record in found if record["cell"]["control"] is None]
    size = 0
    for number in range(hosts):
        name = f"host{number:04d}"
        run = folder / name / f"{header['run_id']}-{name}"
        run.mkdir(parents=True)
        facts = {**header["host"], "hostname": name, "kernel_release": f"6.{number % 4}.0"}
        own = {**header, "run_id": run.name, "host": facts, "trials_planned": cells}
        (run / "run.json").write_text(json.dumps(own, indent=2))
        factor = 1.0 + 0.3 * (number % 7 - 3) / 3 + (5.0 if number == hosts // 2 else 0.0)
        with (run / "trials.jsonl").open("w") as file:
            for cell in range(cells):
                line = json.dumps(scaled(records[cell % len(records)], cell, factor)) + "\n"
                size += len(line)
                file.write(line)
    entries = {f"host{number:04d}": {"variables": {"rack": number % 10}} for number in range(hosts)}
    fleet = {
        "format": 1,
        "fleet_id": folder.name,
        "started": header["started"],
        "finished": header["finished"],
        "sweep": "scale",
        "hosts": entries,
    }
    (folder / "fleet.json").write_text(json.dumps(fleet))
    return size


def measure(folder: Path) -> None:
    """Merge and report in this process; print seconds of both, MiB, and KiB of the page."""
    from bench.fleet.markdown import write_fleet_report
    from bench.fleet.page import write_fleet_page
    from bench.fleet.read import read_fleet

    begin = time.process_time()
    fleet = read_fleet(folder)
    write_fleet_report(fleet, folder, by="kernel")
    merged = time.process_time()
    page = write_fleet_page(fleet, folder, by="kernel")
    end = time.process_time()
    mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(merged - begin, end - merged, mib, page.stat().st_size / 1024)


def row(source: Path, hosts: int, cells: int) -> tuple[float, float, float]:
    """Make a fleet, measure it in a process of its own; seconds of text and of page, and MiB."""
    folder = Path(tempfile.mkdtemp(prefix="fleet-scale-"))
    try:
        size = make_fleet(folder, source, hosts, cells)
        command = [sys.executable, __file__, BATCH, str(folder)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        seconds, page, mib, kib = map(float, done.stdout.split())
    finally:
        shutil.rmtree(folder)
    records = hosts * cells
    per_record = seconds / records * 1e6
    print(
        f"{hosts:>6} {cells:>6} {records:>8} {size / 2**20:>8.0f} {seconds:>8.1f} {page:>7.1f} "
        f"{mib:>8.0f} {per_record:>10.0f} {kib:>9.0f}",
        flush=True,
    )
    return seconds, page, mib


def main() -> int:
    """Measure three sizes."""
    if sys.argv[1:2] == [BATCH]:
        measure(Path(sys.argv[2]))
        return 0
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--cells", type=int, default=500)
    parser.add_argument("--from", dest="source", type=Path, default=RUN)
    given = parser.parse_args()
    print(
        f"{'hosts':>6} {'cells':>6} {'records':>8} {'MiB':>8} {'s':>8} {'page s':>7} "
        f"{'RSS MiB':>8} {'us/record':>10} {'page KiB':>9}"
    )
    sizes = [max(given.hosts // part, 1) for part in (4, 2, 1)]
    found = [row(given.source, hosts, given.cells) for hosts in sizes]
    growth = (found[-1][0] / sizes[-1]) / (found[0][0] / sizes[0])
    seconds, page, mib = found[-1]
    print(f"time per record, largest over smallest: {growth:.2f}")
    return int(seconds + page > MOST_S or mib > MOST_MIB or growth > MOST_GROWTH)


if __name__ == "__main__":
    sys.exit(main())
