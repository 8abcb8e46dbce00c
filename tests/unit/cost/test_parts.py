from __future__ import annotations

from dataclasses import replace

import pytest

from bench.cost.parts import Pair, total_cost, used_share
from bench.record import TrialRecord
from tests.unit.cost.conftest import use

Block = dict[str, TrialRecord]


def pairs(block: Block) -> tuple[Pair, Pair]:
    return (
        Pair(block["unobserved"], block["baseline"]),
        Pair(block["cell"], block["reference"]),
    )


def test_the_parts_and_the_rest_sum_to_the_total(block: Block) -> None:
    cost = total_cost(*pairs(block))
    # 48 % of a CPU for 2 s, over 100,000 callbacks.
    assert cost.share == pytest.approx(0.48)
    assert cost.ns == pytest.approx(9_600)
    assert cost.firing_ns == pytest.approx(4_000)
    assert cost.packets_ns == pytest.approx(200)
    # RCU softirqs of the observed pair, and threads of the pair without an observer.
    assert cost.freeing_ns == pytest.approx(400 + 200)
    assert (cost.engine_ns, cost.interrupts_ns) == (None, None)
    assert cost.rest_ns == pytest.approx(9_600 - 4_000 - 200 - 600)
    assert (cost.trial, cost.reference) == (2, 3)


def test_without_an_observer_the_rest_is_all_that_no_part_has(block: Block) -> None:
    cost = total_cost(pairs(block)[0], None)
    assert (cost.firing_ns, cost.freeing_ns, cost.packets_ns) == (None, None, None)
    assert cost.rest_ns == cost.ns == pytest.approx(9_600)


def test_what_steal_differs_by(block: Block) -> None:
    quiet, _ = pairs(block)
    stolen = replace(quiet.ours, cpu_use=use(0.5, steal_ns=[20_000_000, 0]))
    cost = total_cost(replace(quiet, ours=stolen), None)
    assert cost.ns == pytest.approx(9_600)
    assert cost.less_steal_ns == pytest.approx(9_400)


def test_an_engine_without_callbacks_has_a_share_only(block: Block) -> None:
    quiet, observed = pairs(block)
    cost = total_cost(replace(quiet, ours=replace(quiet.ours, callbacks=None)), observed)
    assert cost.share == pytest.approx(0.48)
    assert (cost.ns, cost.less_steal_ns, cost.firing_ns, cost.rest_ns) == (None, None, None, None)


def test_the_runner_itself_is_no_cost(block: Block) -> None:
    record = replace(block["cell"], cpu_use=use(0.5, runner_ns=200_000_000))
    assert used_share(record) == pytest.approx(0.4)
    assert used_share(replace(record, cpu_use=None)) is None
