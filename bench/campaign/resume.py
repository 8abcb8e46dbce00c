"""May a run be continued? Only with the same sweep on the same host. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from bench.errors import BenchError, UsageError
from bench.host.changes import Change, of_another_host, to_undo
from bench.host.fingerprint import drift
from bench.record import RunHeader
from bench.spec import Sweep
from bench.words.plurals import counted


def sweep_differences(recorded: Sweep, asked: Sweep) -> list[str]:
    """Keys that differ, with both values; a seed that was not asked for is no difference."""
    if asked.seed is None:
        asked = replace(asked, seed=recorded.seed)
    found = []
    for item in fields(Sweep):
        if item.name != "cells":
            before, now = getattr(recorded, item.name), getattr(asked, item.name)
            found += _difference(item.name, before, now)
    return found + _grid_differences(recorded, asked)


def _difference(key: str, before: object, now: object) -> list[str]:
    return [] if before == now else [f"{key}: was {_text(before)}, now {_text(now)}"]


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(_text(item) for item in value)
    return str(value)


def _grid_differences(recorded: Sweep, asked: Sweep) -> list[str]:
    if len(recorded.cells) != len(asked.cells):
        return [f"cells: was {counted(len(recorded.cells), 'grid')}, now {len(asked.cells)}"]
    found = []
    for number, (before, now) in enumerate(zip(recorded.cells, asked.cells, strict=True)):
        for item in fields(before):
            key = f"cells[{number}].{item.name}"
            found += _difference(key, getattr(before, item.name), getattr(now, item.name))
    return found


SAME_TOOLS = ("bench", "source_hash", "clang", "libbpf", "bcc")
"""Tools whose version decides what is measured; this tool's is that of its sources."""


def check_resume(
    header: RunHeader,
    *,
    sweep: Sweep | None,
    host: Mapping[str, Any],
    tools: Mapping[str, str | None],
) -> None:
    """Refuse to mix measurements of another sweep or host into a run.

    Args:
        header: Of the run to be continued.
        sweep: What the user asked for this time; None = whatever the run says.
        host: Fingerprint of this host, now.
        tools: Versions of the tools, now.

    Raises:
        UsageError: Another sweep; names every key that differs.
        BenchError: Another host, or this one was changed; names every fact that differs.
    """
    other = sweep_differences(header.asked, sweep) if sweep else []
    if other:
        problem = f"run {header.run_id} measures another sweep: {'; '.join(other)}"
        raise UsageError(problem, remedy="Resume without sweep options, or start a new run")
    _check_host(header, drift(header.host, host))
    other_tools = _other_tools(header.tools, tools)
    if other_tools:
        problem = f"run {header.run_id} was made with other tools: {'; '.join(other_tools)}"
        raise BenchError(problem, remedy="Start a new run, or take the tools that it began with")


def _check_host(header: RunHeader, changes: Sequence[Change]) -> None:
    if not changes:
        return
    what = "; ".join(change.sentence for change in changes)
    if of_another_host(changes):
        problem = f"run {header.run_id} was started on a different host: {what}"
        raise BenchError(problem, remedy="Resume it where it was started, or start a new run")
    problem = f"this host was changed since run {header.run_id} was started: {what}"
    raise BenchError(problem, remedy=f"{to_undo(changes)}, or start a new run")


def _other_tools(before: Mapping[str, str | None], now: Mapping[str, str | None]) -> list[str]:
    # Runs from before sources had a hash know their commit only.
    names = SAME_TOOLS if before.get("source_hash") else (*SAME_TOOLS, "git_commit")
    return [
        str(change)
        for change in drift(*({n: known.get(n) for n in names} for known in (before, now)))
    ]
