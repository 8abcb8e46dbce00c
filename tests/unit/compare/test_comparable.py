from __future__ import annotations

from dataclasses import replace

import pytest

from bench.compare.comparable import (
    Across,
    check_comparable,
    differences,
    refuse_mixed,
    tool_differences,
)
from bench.errors import UsageError
from bench.record import RunHeader

HOST = {
    "kernel_release": "6.18.44",
    "cpu_model": "Test CPU",
    "memory_mib": 1_000,
    "hostname": "a",
    "governor": None,
}


@pytest.fixture
def base(header: RunHeader) -> RunHeader:
    return replace(header, host=HOST)


def test_another_name_and_seed_are_no_difference(base: RunHeader) -> None:
    new = replace(base, host=HOST | {"hostname": "b"}, seed=9, run_id="other")
    assert differences(base, new) == []
    check_comparable([])


@pytest.mark.parametrize(
    ("fact", "value", "group"),
    [
        ("kernel_release", "7.0.0", Across.KERNEL),
        ("cpu_model", "Other CPU", Across.CPU),
        ("memory_mib", 2_000, Across.MACHINE),
    ],
)
def test_another_host_is_refused_by_name_unless_it_is_the_subject(
    base: RunHeader, fact: str, value: object, group: Across
) -> None:
    found = differences(base, replace(base, host=HOST | {fact: value}))
    with pytest.raises(UsageError) as refusal:
        check_comparable(found)
    assert f"{fact}: {HOST[fact]} in BASE, {value} in NEW" in str(refusal.value)
    assert f"--across {group}" in str(refusal.value)
    check_comparable(found, across=[group])
    check_comparable(found, force=True)
    with pytest.raises(UsageError):
        check_comparable(found, across=[other for other in Across if other is not group])


def test_polite_runs_are_compared_with_polite_ones_only(base: RunHeader) -> None:
    new = replace(base, run_id="other", sweep=replace(base.sweep, polite=True))
    said = f"other was measured with --polite, {base.run_id} without it"
    for pair in ((base, new), (new, base)):
        with pytest.raises(UsageError, match=said):
            refuse_mixed(pair)
    refuse_mixed([base, base])
    refuse_mixed([new, new])


def test_another_format_is_no_difference(base: RunHeader) -> None:
    """What changed its meaning with it has a number of its own."""
    assert differences(base, replace(base, format=1)) == []


def test_another_window_can_only_be_forced(base: RunHeader) -> None:
    new = replace(base, sweep=replace(base.sweep, duration=1_000_000_000, warmup=0))
    with pytest.raises(UsageError, match=r"duration: 5s in BASE, 1s in NEW; warmup: 500ms"):
        check_comparable(differences(base, new), across=list(Across))


def test_another_warm_up_is_refused_with_the_way_out(base: RunHeader) -> None:
    new = replace(base, sweep=replace(base.sweep, warmup=900_000_000))
    with pytest.raises(UsageError, match=r"warmup: 500ms in BASE, 900ms in NEW") as refused:
        check_comparable(differences(base, new))
    assert "bench run --warmup-of BASE" in (refused.value.remedy or "")


def test_what_a_host_does_not_tell_is_no_difference(base: RunHeader) -> None:
    assert differences(base, replace(base, host=HOST | {"governor": "performance"})) == []


def test_other_tools_are_told(base: RunHeader) -> None:
    (found,) = tool_differences(base, replace(base, tools=base.tools | {"clang": "19"}))
    assert str(found) == "clang: 14.0.6 in BASE, 19 in NEW"
