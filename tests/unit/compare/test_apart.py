from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bench.compare.apart import apart
from bench.compare.result import compare_runs
from bench.compare.verdict import Settings
from bench.exits import Exit
from bench.record import RunHeader
from bench.store.run import Run
from tests.unit.compare.conftest import Draw


def at(header: RunHeader, begin: str, end: str, boot: str | None = None) -> RunHeader:
    day = "2026-01-02T{}Z"
    return replace(header, started=day.format(begin), finished=day.format(end), boot_id=boot)


@pytest.mark.parametrize(
    ("begin", "end", "boots", "said"),
    [
        ("03:06:00", "03:09:00", (None, None), ""),
        ("03:06:00", "03:09:00", ("a", "a"), ""),
        ("03:06:00", "03:09:00", ("a", None), ""),
        ("03:06:00", "03:09:00", ("a", "b"), "one boot of each"),
        ("07:00:00", "07:09:00", ("a", "a"), "4 h apart"),
        ("00:00:00", "00:10:00", (None, None), "3 h apart"),
    ],
)
def test_another_boot_or_hour_is_another_host(
    header: RunHeader, begin: str, end: str, boots: tuple[str | None, str | None], said: str
) -> None:
    base = at(header, "03:00:00", "03:05:00", boots[0])
    found = apart(base, at(header, begin, end, boots[1]))
    assert said in found and bool(said) is bool(found)


def test_what_is_not_known_is_no_reason(header: RunHeader) -> None:
    base = replace(header, finished=None)
    assert apart(base, replace(header, started="yesterday")) == ""


def test_a_change_between_two_boots_is_never_a_regression(
    header: RunHeader, draw: Draw, make_record: Callable[..., object]
) -> None:
    def run(name: str, boot: str, middle_ns: float) -> Run:
        known = replace(header, run_id=name, finished="x", boot_id=boot)
        return Run(header=known, records=draw(seed=len(name), middle_ns=middle_ns, trials=24))

    base = run("a", "1", 10_000)
    assert compare_runs(base, run("bb", "1", 30_000), Settings()).answer.exit is Exit.BAD
    found = compare_runs(base, run("bb", "2", 30_000), Settings()).answer
    assert found.exit is Exit.UNANSWERED and found.worse
    same = compare_runs(base, run("bb", "2", 10_000), Settings()).answer
    assert same.exit is Exit.UNANSWERED
