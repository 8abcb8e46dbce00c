"""What is read that others may have written: of each kind, real examples and its reader."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from pathlib import Path

from bench.analysis.findings import findings
from bench.contribute.check import checked
from bench.contribute.disguise import disguised, write
from bench.demo.lines import parse_event, parse_line
from bench.drivers.registry import fitted
from bench.engines.cyclictest import sample_of
from bench.error_file import left
from bench.export.columns import columns
from bench.export.csv_text import csv_text
from bench.export.hgrm import cell_curves, trial_curves
from bench.export.openmetrics import openmetrics_text
from bench.fleet.archive import take
from bench.fleet.read import read_fleet
from bench.guest.exchange import ANSWER, read_answer
from bench.host.holder import holder_in
from bench.instructions.markdown import markdown
from bench.instructions.table import read_table
from bench.load.messages import decode_command, decode_event
from bench.record import FORMAT
from bench.report.markdown import write_findings
from bench.store import RunFolder
from bench.store.limits_files import parse_limits
from bench.store.run import read_run
from bench.store.run_format import dump_header, dump_record, parse_header, parse_trials
from bench.sweep.checks import check_cells
from bench.sweep.plan import expand
from bench.sweep.sweep_file import packaged_sweeps, read_sweep
from bench.sweep.sweep_text import sweep_yaml
from bench.words.escape import escape, fenced, printable
from tests.tracked import record_lines

ROOT = Path(__file__).parents[2]
RUN_ID = "20260101T000000Z-host-quick"
LINES = 12
"""Of each run's trials: a mutation of many lines is mostly one of the first."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of input.

    Attributes:
        name: What it is called on the command line.
        corpus: Real ones.
        read: Does all that is done with one, in a folder of its own.
    """

    name: str
    corpus: Callable[[], Sequence[bytes]]
    read: Callable[[bytes, Path], object]


def _of(pattern: str) -> Callable[[], Sequence[bytes]]:
    return lambda: [path.read_bytes() for path in sorted(ROOT.glob(pattern))]


@cache
def _runs() -> tuple[Path, ...]:
    published = [path.parent for path in sorted(ROOT.glob("results/*/run.json"))]
    old = [path.parent for path in sorted(ROOT.glob("tests/data/**/run.json"))]
    return (*published, *old)


@cache
def _trials() -> tuple[bytes, ...]:
    return tuple(
        "".join(f"{line}\n" for line in record_lines(run)[:LINES]).encode() for run in _runs()
    )


def _sweeps() -> Sequence[bytes]:
    return [path.read_bytes() for path in packaged_sweeps().values()]


def _read_sweep(data: bytes, folder: Path) -> None:
    file = folder / "sweep.yaml"
    file.write_bytes(data)
    sweep = read_sweep(file)
    sweep_yaml(sweep)
    check_cells(expand(sweep, fitted), cpus=2, allow_overload=sweep.allow_overload)


def _read_trials(data: bytes, folder: Path) -> None:
    trials = parse_trials(data, "trials.jsonl")
    header = parse_header(_headers()[0], "run.json")
    table = columns(header, trials.latest)
    csv_text(table)
    openmetrics_text(table)
    for curve in (*trial_curves(trials.latest), *cell_curves(trials.latest)):
        assert curve.file


@cache
def _headers() -> tuple[bytes, ...]:
    return tuple((run / "run.json").read_bytes() for run in _runs())


def _read_header(data: bytes, folder: Path) -> None:
    (folder / "run.json").write_bytes(data)
    (folder / "trials.jsonl").write_bytes(b"")
    read_run(RunFolder.open(folder))


def _report(data: bytes, folder: Path) -> None:
    """Trials of a run as page, report.md and tables."""
    (folder / "run.json").write_bytes(_headers()[0])
    (folder / "trials.jsonl").write_bytes(data)
    run = read_run(RunFolder.open(folder))
    write_findings(findings([run]))
    shown = (folder / "report.md").read_text()
    assert "\x1b" not in shown and "<img" not in shown and "<script" not in shown


@cache
def contributed() -> tuple[bytes, ...]:
    """Runs of so few trials, as they could be contributed: the header is the first line."""
    found = []
    for header, trials in zip(_headers(), _trials(), strict=True):
        records = parse_trials(trials, "trials.jsonl").latest
        whole = replace(
            parse_header(header, "run.json"),
            format=FORMAT, run_id=RUN_ID, trials_planned=len(records),
            finished="2026-01-01T00:10:00Z",
        )  # fmt: skip
        line = json.dumps(json.loads(dump_header(whole))).encode()
        found.append(b"\n".join([line, b"".join(map(dump_record, records))]))
    return tuple(found)


def _contribute(data: bytes, folder: Path) -> None:
    run = folder / RUN_ID
    run.mkdir(exist_ok=True)
    header, _, trials = data.partition(b"\n")
    (run / "run.json").write_bytes(header)
    (run / "trials.jsonl").write_bytes(trials)
    found, wrong = checked(run)
    assert found or wrong
    if found and not wrong:
        plain, records, _ = disguised(found, b"key")
        write(folder / "contributed", plain, records)


def _fleets() -> Sequence[bytes]:
    host = {"variables": {"role": "sut"}, "trouble": "no route", "next": "bench run", "tuning": {}}
    whole = {
        "format": 1, "fleet_id": "20260101T000000Z-fleet-quick", "started": "2026-01-01T00:00:00Z",
        "finished": None, "sweep": "quick", "hosts": {"a": host, "b": {}}, "command": "make",
        "arguments": ["--repeat", "1"], "load": ["c"], "player": {"pid": 3, "started": 4},
    }  # fmt: skip
    return [json.dumps(whole).encode()]


def _read_fleet(data: bytes, folder: Path) -> None:
    inner = folder / "fleet"
    inner.mkdir(exist_ok=True)
    (inner / "fleet.json").write_bytes(data)
    read_fleet(inner)


@cache
def _archives() -> tuple[bytes, ...]:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, data in (("run.json", _headers()[0]), ("trials.jsonl", _trials()[0][:20_000])):
            entry = tarfile.TarInfo(f"run/{name}")
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return (buffer.getvalue(),)


def _take(data: bytes, folder: Path) -> None:
    archive, host = folder / "archive.tar", folder / "host"
    host.mkdir(exist_ok=True)
    archive.write_bytes(data)
    take(archive, host, size_bytes=len(data), sha256=sha256(data).hexdigest())


def _messages() -> Sequence[bytes]:
    return [
        b'{"cmd":"start","rate_hz":5000.0,"shape":"poisson","seed":1,"targets":[["127.0.0.1",80]]}',
        b'{"cmd":"listen","hosts":["127.0.0.1"]}',
        b'{"event":"started","t_ns":5}',
        b'{"event":"error","problem":"x","remedy":"y"}',
        b'{"event":"counters","t_ns":1,"attempted":2,"connected":3}',
    ]


def _message(data: bytes, folder: Path) -> None:
    try:
        decode_event(data)
    finally:
        decode_command(data)


def _samples() -> Sequence[bytes]:
    return [path.read_bytes() for run in _runs() for path in sorted(run.glob("samples/*.npz"))[:2]]


def _read_samples(data: bytes, folder: Path) -> None:
    inner = folder / "samples"
    inner.mkdir(exist_ok=True)
    (inner / "00001.npz").write_bytes(data)
    run = RunFolder(folder, parse_header(_headers()[0], "run.json"))
    run.load_samples(1)


def _texts() -> Sequence[bytes]:
    trace = b"  <idle>-0  [001] ..s1. 1234.5678: bpf_trace_printk: server 10.0.0.1:80 late 123\n"
    return [trace, b"T: 0 ( 100) P:95 I:1000 C: 10 Min: 1 Act: 2 Avg: 3 Max: 9\n", *_messages()]


def _text(data: bytes, folder: Path) -> None:
    """Text of a console, a host or a trace, as it is read, and as it is shown."""
    text = data.decode("utf-8", "replace")
    for line in text.splitlines():
        parse_line(line)
        parse_event(line)
        sample_of(line)
    holder_in(data)
    for shown in (printable(text), escape(text), fenced(text)):
        assert not set(shown) & set("\x1b\x00\x07\x08\r\x9b")
        assert "<script" not in escape(text)


def _answers() -> Sequence[bytes]:
    return [
        b'{"exit_code":0,"release":"6.1","error":null}',
        b'{"problem":"a","remedy":"b","detail":"c"}',
    ]


def _answer(data: bytes, folder: Path) -> None:
    for name in (ANSWER, "error.json"):
        (folder / name).write_bytes(data)
    read_answer(folder)
    left(folder / "error.json")


def _read_instructions(data: bytes, folder: Path) -> None:
    """A table as a gate reads it, and as its page shows it."""
    (folder / "table.json").write_bytes(data)
    table = read_table(folder / "table.json")
    shown = markdown([table, table])
    assert "\x1b" not in shown and "<script" not in shown


KINDS = {
    kind.name: kind
    for kind in (
        Kind("sweep", _sweeps, _read_sweep),
        Kind("header", _headers, _read_header),
        Kind("trials", _trials, _read_trials),
        Kind("report", _trials, _report),
        Kind("contributed", contributed, _contribute),
        Kind("fleet", _fleets, _read_fleet),
        Kind("archive", lambda: _archives(), _take),
        Kind("message", _messages, _message),
        Kind("samples", _samples, _read_samples),
        Kind("limits", _of("results/kernel-matrix/*.json"), lambda d, f: parse_limits(d, "x")),
        Kind("instructions", _of("results/instructions/*.json"), _read_instructions),
        Kind("answer", _answers, _answer),
        Kind("text", _texts, _text),
    )
}
