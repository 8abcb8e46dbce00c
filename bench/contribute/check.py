"""Whether a run that was measured elsewhere can stand beside the published ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.contribute.files import of_files
from bench.contribute.finding import Finding
from bench.contribute.sums import RULES
from bench.contribute.words import of_words
from bench.errors import BenchError
from bench.json_text import parsed
from bench.programs.fitting import definitions
from bench.programs.registry import PROGRAMS
from bench.record import FORMAT, Definitions, RunHeader, Status, TrialRecord, is_measurement
from bench.store import RunFolder
from bench.store.run import Run, read_run
from bench.words.plurals import counted

EXTERNAL = "external"
"""The program whose options are names of others' maps and commands."""
_RECORDING = "is of a recording of bench watch: it has no trials, and names programs of others"
LEAST_VALID = 0.5
"""Share of trials that must count."""


def checked(folder: Path) -> tuple[Run | None, list[Finding]]:
    """The run, and all that is wrong with it; None where it cannot be read.

    Nothing of the folder is executed, and nothing outside of it is read.
    """
    found = list(of_files(folder)) or list(of_texts(folder))
    if found:
        return None, found
    try:
        run = read_run(RunFolder.open(folder))
    except (BenchError, RecursionError) as error:
        return None, [Finding(str(folder), str(error))]
    if run.header.recording is not None:
        return run, [Finding("run.json", _RECORDING)]
    found += of_header(run.header, folder)
    found += of_records(run.header, run.records)
    return run, found


def of_texts(folder: Path) -> Iterator[Finding]:
    """Whether all text of the run is no more than text; a line that was cut off is none."""
    lines = (folder / "trials.jsonl").read_bytes().split(b"\n")
    numbered = {f"trials.jsonl, line {n}": line for n, line in enumerate(lines, 1) if line}
    for place, text in {"run.json": (folder / "run.json").read_bytes(), **numbered}.items():
        try:
            yield from of_words(parsed(text), place)
        except ValueError as error:
            yield Finding(place, f"is no JSON: {error}")


def of_header(header: RunHeader, folder: Path) -> Iterator[Finding]:
    """Whether it is whole, of a machine, and of code that anybody can have."""
    at = "run.json"
    if header.format != FORMAT:
        yield Finding(at, f"has format {header.format}, contributions have {FORMAT}")
    if header.run_id != folder.resolve().name:
        yield Finding(at, f"is of run {header.run_id!r}, its folder of {folder.resolve().name!r}")
    if header.finished is None:
        yield Finding(at, "is not finished: bench run --resume goes on with it")
    if not is_measurement(header):
        yield Finding(at, "its machine was emulated, so that its times mean nothing")
    if header.tools.get("git_dirty") != "no" or not header.tools.get("git_commit"):
        yield Finding(at, "was measured by changed code, or code of no known commit")
    yield from _of_definitions(header.definitions)


def _of_definitions(theirs: Definitions) -> Iterator[Finding]:
    ours = definitions(PROGRAMS.values())
    for kind in ("quantities", "axes"):
        known = getattr(ours, kind)
        for key, number in getattr(theirs, kind).items():
            if number > known.get(key, 1):
                problem = f"{key} has meaning {number}, this version knows {known.get(key, 1)}"
                yield Finding("run.json", problem)


def of_records(header: RunHeader, records: Sequence[TrialRecord]) -> Iterator[Finding]:
    """Whether all trials are there, enough of them count, and each agrees with itself."""
    at, trials = "trials.jsonl", counted(len(records), "trial")
    if any(record.cell.program == EXTERNAL for record in records):
        yield Finding(at, "has timers of somebody else's program, of which nobody here can judge")
    if len(records) != header.trials_planned:
        yield Finding(at, f"has {trials} of {header.trials_planned} planned")
    valid = sum(record.status is Status.OK for record in records)
    if valid < LEAST_VALID * len(records):
        yield Finding(at, f"{valid} of {trials} count: the host was too noisy")
    for record in records:
        for rule in RULES:
            for field, problem in rule(record):
                yield Finding(f"{at}, trial {record.trial}, {field}", problem)
