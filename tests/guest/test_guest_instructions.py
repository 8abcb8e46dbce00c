"""One guest under the plugin: counts agree with its clock, and a known change is found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import bench
from bench.guest.images import Image
from bench.instructions.against import differences, grown
from bench.instructions.marks import Operation
from bench.instructions.running import CLOCK_AT_MOST, UNKNOWN_AT_MOST, table_of
from bench.instructions.scenario import Scenario, script
from bench.instructions.table import Row, Table, read_table

PUBLISHED = Path(bench.__file__).resolve().parents[1] / "results/instructions"
Kernel = Callable[[str], Image]
GUEST_S = 900.0
EXACT = {"insert", "init", "set_callback", "start idle", "cancel"}
EXTRA = ("bpf_ktime_get_boot_ns", "ktime_get_boot_fast_ns")
"""The helper of ``-DEXTRA_CALL``, and what it calls."""


def counted(image: Image, scenarios: tuple[Scenario, ...], *defines: str) -> Table:
    return table_of(
        image,
        scenarios,
        parameters=["mitigations=auto"],
        timeout_s=GUEST_S,
        say=print,
        defines=defines,
        busy=[False],
    )


@pytest.fixture(scope="module")
def scenarios() -> tuple[Scenario, ...]:
    wanted = ("1 queued", "1 queued, 4 timers at once")
    return tuple(each for each in script((1,)) if each.conditions in wanted)


@pytest.fixture(scope="module")
def table(kernel: Kernel, scenarios: tuple[Scenario, ...]) -> Table:
    return counted(kernel("debian:6.12"), scenarios)


def test_the_count_is_the_guests_clock_and_lies_in_known_functions(table: Table) -> None:
    assert table.identity.clock_source == "tsc"
    assert table.clock_difference <= CLOCK_AT_MOST
    assert table.unknown_share <= UNKNOWN_AT_MOST


def test_operations_with_one_timer_and_the_expiry_are_exact(table: Table) -> None:
    rows = {row.operation: row for row in table.rows}
    expiry = {name for name in rows if name.startswith("expiry")}
    assert expiry and all(rows[name].exact for name in EXACT | expiry), [
        (row.key, row.undisturbed, row.paths) for row in table.rows if not row.exact
    ]


def test_the_way_of_an_expiry_leads_through_interrupt_and_softirq(table: Table) -> None:
    (row,) = (row for row in table.rows if row.key == (Operation.EXPIRY.text, "1 queued"))
    assert row.usual is not None
    called = row.usual.functions
    assert {"asm_sysvec_apic_timer_interrupt", "hrtimer_interrupt", "bpf_timer_cb"} <= set(called)


def test_it_is_what_was_published_of_the_same_package(table: Table) -> None:
    """On another day; nothing is held against another package, or an earlier script."""
    published = [read_table(path) for path in PUBLISHED.glob("*.json")]
    same_made = [each for each in published if each.identity == table.identity]
    for same in (each for each in same_made if each.kernel.source == table.kernel.source):
        found = [each for each in differences(same, table, 0.0) if not each.why]
        assert found and [each for each in found if each.functions] == []


@pytest.mark.nightly
def test_one_more_helper_call_breaks_the_gate_by_its_instructions(
    kernel: Kernel, scenarios: tuple[Scenario, ...], table: Table
) -> None:
    more = counted(kernel("debian:6.12"), scenarios, "EXTRA_CALL")
    found = grown(differences(table, more, 0.0))
    called = [dict(each.functions) for each in found if not each.operation.startswith("expiry")]
    assert len(called) == len([row for row in table.rows if _called(row)])
    for helper in EXTRA:
        (amount,) = {functions[helper] for functions in called}
        assert amount > 0


def _called(row: Row) -> bool:
    return row.exact and not row.operation.startswith("expiry")
