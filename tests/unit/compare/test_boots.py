"""Boots as the unit, against simulated boots whose kernel's effect is known."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from bench.compare.boots import compare_boots
from bench.compare.boots_text import boots_document, boots_lines, boots_markdown
from bench.compare.verdict import Settings
from bench.errors import BenchError, UsageError
from bench.exits import Exit
from bench.record import RunHeader, Status
from bench.store.run import Run
from tests.unit.compare.conftest import Draw

CELLS = 4
MakeBoots = Callable[..., list[Run]]


@pytest.fixture
def boots(header: RunHeader, draw: Draw) -> MakeBoots:
    """Runs of a boot each; medians of cells differ between boots by ``spread``."""

    def make(count: int, *, seed: int, factor: float = 1.0, spread: float = 0.2) -> list[Run]:
        rng = np.random.default_rng(seed)
        found = []
        for number in range(count):
            records = draw(seed=1_000 * seed + number, cells=CELLS, trials=6)
            luck = factor * rng.lognormal(0, spread, CELLS)
            late = [
                replace(r, lateness=replace(r.lateness, p50_ns=round(p50 * luck[size - 1])))
                for r in records
                if r.lateness and (p50 := r.lateness.p50_ns) and (size := r.cell.map_size)
            ]
            name = f"run-{seed}-{number}"
            own = replace(header, run_id=name, boot_id=name, finished="x")
            found.append(Run(header=own, records=late))
        return found

    return make


@pytest.mark.parametrize("sizes", [(1, 1), (3, 8), (8, 3)])
def test_few_boots_are_never_attributed_to_the_kernel(
    boots: MakeBoots, sizes: tuple[int, int]
) -> None:
    found = compare_boots(boots(sizes[0], seed=1), boots(sizes[1], seed=2, factor=9), Settings())
    assert found.answer.exit is Exit.UNANSWERED and found.summary is None
    text = "\n".join(boots_lines(found))
    assert "not attributable to the kernel" in text and "could tell a change of x" in text


def test_from_four_on_one_summary_is_judged(boots: MakeBoots) -> None:
    slow = compare_boots(boots(5, seed=1), boots(5, seed=2, factor=2), Settings())
    assert slow.answer.exit is Exit.BAD and slow.comparisons == []
    assert "ANSWER: worse: over all cells" in next(boots_lines(slow))
    calm = compare_boots(boots(6, seed=1), boots(6, seed=2), Settings())
    assert calm.answer.exit is Exit.GOOD
    assert "single cells need 8 boots of each" in next(boots_lines(calm))


def test_from_eight_on_single_cells_are(boots: MakeBoots) -> None:
    base, new = boots(10, seed=1, spread=0.1), boots(10, seed=2, spread=0.1)
    assert compare_boots(base, new, Settings()).answer.exit is Exit.GOOD
    slow = [
        replace(
            run,
            records=[
                replace(r, lateness=replace(r.lateness, p50_ns=2 * (r.lateness.p50_ns or 0)))
                if r.lateness and r.cell.map_size == 3
                else r
                for r in run.records
            ],
        )
        for run in new
    ]
    found = compare_boots(base, slow, Settings())
    assert [item.cell.map_size for item in found.answer.worse] == [3]
    assert found.comparisons[0].base_trials == 10


@pytest.mark.parametrize("count", [4, 8])
def test_boots_of_one_kernel_rarely_differ(boots: MakeBoots, count: int) -> None:
    """One boot of each with as many trials would call every second pair different."""
    found = [
        compare_boots(boots(count, seed=n), boots(count, seed=500 + n), Settings()).answer.exit
        for n in range(12)
    ]
    assert found.count(Exit.BAD) <= 1


def test_runs_of_a_boot_are_one_value(boots: MakeBoots) -> None:
    base = boots(2, seed=1)
    one = [replace(r, header=replace(r.header, boot_id="same")) for r in base]
    assert compare_boots(one, boots(4, seed=2), Settings()).boots == (1, 4)


def test_a_boot_without_a_cell_leaves_it_undecided(boots: MakeBoots) -> None:
    base, new = boots(8, seed=1), boots(8, seed=2)
    spoilt = [replace(r, status=Status.INVALID, codes=["steal"]) for r in new[0].records]
    kept = [s if r.cell.map_size == 1 else r for s, r in zip(spoilt, new[0].records, strict=True)]
    found = compare_boots(base, [replace(new[0], records=kept), *new[1:]], Settings())
    assert found.answer.exit is not Exit.GOOD
    assert [each.cell.map_size for each in found.answer.undecided if "boot" in each.why] == [1]


def test_a_run_whose_boot_is_unknown_is_refused(boots: MakeBoots) -> None:
    base = boots(4, seed=1)
    unknown = replace(base[0], header=replace(base[0].header, boot_id=None))
    with pytest.raises(BenchError, match="does not say of which boot it is") as refused:
        compare_boots([unknown, *base[1:]], boots(4, seed=2), Settings())
    assert refused.value.exit_code is Exit.UNANSWERED


def test_runs_of_one_side_must_be_of_one_kernel(boots: MakeBoots) -> None:
    base, new = boots(4, seed=1), boots(4, seed=2)
    named = [
        replace(run, header=replace(run.header, host={"kernel_release": str(n % 2)}))
        for n, run in enumerate(base)
    ]
    with pytest.raises(UsageError, match="kernel_release"):
        compare_boots(named, new, Settings())


def test_json_and_markdown_carry_the_same(boots: MakeBoots) -> None:
    found = compare_boots(boots(8, seed=1), boots(8, seed=2, factor=3), Settings())
    stored = json.loads(json.dumps(boots_document(found), allow_nan=False))
    assert stored["answer"]["exit"] == 1 and stored["boots"] == {"base": 8, "new": 8}
    assert len(stored["comparisons"]) == CELLS and stored["detectable"] > 1.1
    assert boots_markdown(found).count("| worse |") == CELLS
