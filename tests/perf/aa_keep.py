"""Keeps of two runs what ``bench compare`` reads, small enough for the repository.

``python tests/perf/aa_keep.py FOLDER OUT`` reads the runs that ``aa_runs.sh FOLDER`` made and
writes OUT/base and OUT/new: valid runs, without histograms, ledgers and other counters.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

from bench.record import HEADER, RECORD, Distribution, TrialRecord
from bench.store import RunFolder


def bare(distribution: Distribution | None) -> Distribution | None:
    """Without the histogram."""
    return replace(distribution, hdr=None) if distribution else None


def of_timers(by_vector: dict[str, int] | None) -> dict[str, int]:
    """The softirq that is compared."""
    return {"hrtimer": (by_vector or {}).get("hrtimer", 0)}


def kept(record: TrialRecord) -> TrialRecord:
    """What is compared, and whether the trial counts."""
    return TrialRecord(
        trial=record.trial,
        block=record.block,
        status=record.status,
        reasons=record.reasons,
        codes=record.codes,
        cell=record.cell,
        started=record.started,
        window_ns=record.window_ns,
        callbacks=record.callbacks,
        lateness=bare(record.lateness),
        ksoftirqd=record.ksoftirqd,
        softirq_ns=of_timers(record.softirq_ns),
        softirq_count=of_timers(record.softirq_count),
        softirq_total=of_timers(record.softirq_total),
        load=replace(record.load, connect=bare(record.load.connect)) if record.load else None,
        noise=record.noise,
        cost=record.cost,
    )


def _line(record: TrialRecord) -> bytes:
    found = RECORD.dump_python(record, mode="json", exclude_defaults=True)
    return json.dumps({"format": record.format, **found}, separators=(",", ":")).encode() + b"\n"


def keep(run: RunFolder, out: Path, *command: str) -> None:
    """Write what is kept of one run; ``command`` made it."""
    out.mkdir(parents=True, exist_ok=True)
    header = replace(run.header, command=["bench", *command])
    (out / "run.json").write_bytes(HEADER.dump_json(header, indent=2) + b"\n")
    lines = [_line(kept(record)) for record in run.records()]
    (out / "trials.jsonl").write_bytes(b"".join(lines))


def main(folder: Path, out: Path) -> None:
    """Write both runs."""
    for name in ("base", "new"):
        (path,) = (folder / name).iterdir()
        run = RunFolder.open(path)
        keep(run, out / name, "run", "--sweep", run.header.sweep.name)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
