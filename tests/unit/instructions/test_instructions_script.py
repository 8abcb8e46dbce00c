"""The script, and the numbers that C and Python share."""

from __future__ import annotations

import re

import pytest

from bench.instructions.calling import PART
from bench.instructions.marks import Operation
from bench.instructions.paths import parts_of
from bench.instructions.places import places
from bench.instructions.scenario import POPULATIONS, Scenario, scenario_of, script
from bench.libbpf.compiler import source_dir

HEADER = (source_dir() / "instructions/marks.h").read_text()
SOURCE = (source_dir() / "instructions/part.h").read_text()


def test_operations_are_those_of_the_header() -> None:
    (body,) = re.findall(r"enum operation \{(.*?)\}", HEADER, re.DOTALL)
    names = re.findall(r"^\tOP_(\w+),", body, re.MULTILINE)
    assert names == [operation.name for operation in Operation]


def test_a_part_is_laid_out_as_in_the_program() -> None:
    (body,) = re.findall(r"struct part \{(.*?)\n\};", SOURCE, re.DOTALL)
    found = re.findall(r"^\t__([us])(\d+) (\w+);", body, re.MULTILINE)
    sizes = {name: (kind, int(bits) // 8) for kind, bits, name in found}
    assert list(sizes) == list(PART.names or ())
    for name, (kind, size) in sizes.items():
        assert (PART[name].kind.replace("i", "s"), PART[name].itemsize) == (kind, size)


def test_scenarios_have_numbers_and_conditions_of_their_own() -> None:
    scenarios = script()
    keys = [
        (part, each.operation, each.conditions)
        for each in scenarios
        for part in parts_of(each.operation, each.together, rearm=each.rearm)
    ]
    assert len(set(keys)) == len(keys)
    assert [each.number for each in scenarios] == list(range(1, len(scenarios) + 1))


def test_the_queue_only_grows() -> None:
    queued = [each.queued for each in script()]
    assert queued == sorted(queued) and set(queued) == set(POPULATIONS)


@pytest.mark.parametrize("scenario", script((1,)), ids=lambda each: str(each.number))
def test_a_scenario_survives_its_json(scenario: Scenario) -> None:
    assert scenario_of(scenario.as_json()) == scenario


def test_every_operation_is_in_the_script() -> None:
    parts = {
        part
        for each in script((1,))
        for part in (
            each.operation,
            *parts_of(each.operation, each.together, rearm=each.rearm),
        )
    }
    assert parts == set(Operation)


def test_the_plugin_is_told_where_interrupts_enter_and_timers_are_freed() -> None:
    told = places(
        "ffffffff81000000 T asm_sysvec_apic_timer_interrupt\n"
        "ffffffff81000100 T bpf_timer_cancel_and_free\n"
        "ffffffff81000200 t plain\n"
        "ffffffff81000000 T alias_of_the_first\n"
        "ffffffff81000300 T asm_sysvec_irq_work\n"
        "ffffffff82000000 D asm_sysvec_data\n"
    )
    assert (
        told == "e ffffffff81000000\nw ffffffff81000100\nf ffffffff81000200\ni ffffffff81000300\n"
    )
