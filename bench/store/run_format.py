"""Bytes of a run's files to values and back: formats, corruption, JSON Schema. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from bench.cost.pairs import with_costs
from bench.errors import BenchError, quoted
from bench.json_text import parsed
from bench.record import FORMAT, HEADER, RECORD, RunHeader, TrialRecord
from bench.store.upgrade import upgraded

KNOWN_FORMATS = (1, FORMAT)
_T = TypeVar("_T")
_RESTORE = "Restore the file from a copy, or start a new run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trials:
    """Content of ``trials.jsonl``.

    Attributes:
        records: In file order; a trial that was repeated appears more than once.
        torn: Bytes of a last line that a crash cut off; empty if there is none.
        whole_bytes: Length of the file without ``torn``.
        ends_whole: Whether the last record ends with its newline.
        warnings: What is not as it should be, for the user.
    """

    records: list[TrialRecord]
    torn: bytes = b""
    whole_bytes: int = 0
    ends_whole: bool = True
    warnings: list[str] = field(default_factory=list)

    @property
    def latest(self) -> list[TrialRecord]:
        """The latest record of each trial, by trial number, with what its timers cost."""
        by_trial = {record.trial: record for record in self.records}
        return with_costs([by_trial[trial] for trial in sorted(by_trial)])


def dump_header(header: RunHeader) -> bytes:
    """Content of ``run.json``."""
    return HEADER.dump_json(header, indent=2) + b"\n"


def dump_record(record: TrialRecord) -> bytes:
    """One line of ``trials.jsonl``, certain to be readable again.

    Raises:
        pydantic.ValidationError: The record holds what JSON cannot (NaN, infinity): a bug.
    """
    line = RECORD.dump_json(record) + b"\n"
    RECORD.validate_json(line)
    return line


def parse_header(data: bytes, file: str) -> RunHeader:
    """Content of ``run.json``.

    Args:
        data: Bytes of the file.
        file: Its path, for messages.

    Raises:
        BenchError: Not JSON, an unknown format, or a key is missing or wrong.
    """
    return _validated(HEADER, _json(data, file), file)


def parse_trials(data: bytes, file: str) -> Trials:
    """Content of ``trials.jsonl``, tolerant of one line cut off at the end.

    Raises:
        BenchError: A complete line is not a record of a known format.
    """
    lines = data.split(b"\n")
    tail = lines.pop()
    records = [_record(line, f"{file}, line {n}") for n, line in enumerate(lines, 1) if line]
    if not tail:
        return Trials(records=records, whole_bytes=len(data))
    where = f"{file}, line {len(lines) + 1}"
    if not _is_json(tail):
        warning = f"{where}: cut off after {len(tail)} bytes, the trial in flight was lost"
        whole = len(data) - len(tail)
        return Trials(records=records, torn=tail, whole_bytes=whole, warnings=[warning])
    return Trials(
        records=[*records, _record(tail, where)],
        whole_bytes=len(data),
        ends_whole=False,
        warnings=[f"{where}: the newline at its end was missing; the trial is kept"],
    )


def schemas() -> dict[str, dict[str, Any]]:
    """JSON Schema of each file: ``run`` (``run.json``), ``trial`` (a line of ``trials.jsonl``)."""
    return {
        "run": HEADER.json_schema(mode="serialization"),
        "trial": RECORD.json_schema(mode="serialization"),
    }


def _record(line: bytes, where: str) -> TrialRecord:
    return _validated(RECORD, _json(line, where), where)


def _is_json(data: bytes) -> bool:
    try:
        parsed(data)
    except ValueError:
        return False
    return True


def _json(data: bytes, where: str) -> Any:
    try:
        return parsed(data)
    except ValueError as error:
        raise BenchError(f"{where} is corrupted: {error}", remedy=_RESTORE) from error


def _validated(adapter: TypeAdapter[_T], data: Any, where: str) -> _T:
    seen = data.get("format") if isinstance(data, dict) else None
    if seen not in KNOWN_FORMATS:
        formats = ", ".join(map(str, KNOWN_FORMATS))
        problem = f"{where} has format {quoted(seen)}, known are: {formats}"
        raise BenchError(problem, remedy="Use a version of bench that knows this format")
    try:
        known = upgraded(data)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        problem = f"{where} is corrupted: what an earlier format had cannot be read ({error})"
        raise BenchError(problem, remedy=_RESTORE) from error
    try:
        return adapter.validate_python(known)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        problem = f"{where} is corrupted: {key}: {first['msg']}, seen {quoted(first['input'])}"
        raise BenchError(problem, remedy=_RESTORE, detail=str(error)) from error
