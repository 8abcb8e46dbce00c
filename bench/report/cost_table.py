"""What a timer costs in all, part by part, as Markdown. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bench.analysis.effect_text import label_among
from bench.analysis.estimate import Estimate
from bench.analysis.figure_text import marked_ends, median_text
from bench.analysis.total_costs import ENOUGH_PAIRS, CellCost, total_costs
from bench.quantities.quantity import Quantity
from bench.quantities.total_cost import LESS_STEAL, PARTS, TOTAL_COST, TOTAL_CPU
from bench.record import TrialRecord
from bench.words.axes import cell_order
from bench.words.escape import Markdown, table

FEW = "few"
TITLES = (
    "cell",
    "pairs",
    *(quantity.title for quantity in (TOTAL_COST, LESS_STEAL, TOTAL_CPU)),
    *("firing", "freeing", "packets", "engine", "interrupts", "rest"),
    "pairs without figures",
)


def cost_table(records: Sequence[TrialRecord]) -> Markdown | None:
    """A row for each cell of which pairs were measured; None if there is none."""
    found = sorted(total_costs(records), key=lambda item: cell_order(item.cell))
    label = label_among([item.cell for item in found])
    return table(TITLES, [_row(item, label(item.cell)) for item in found]) if found else None


def _row(item: CellCost, name: str) -> list[str]:
    pairs = f"{item.pairs}" if item.pairs == item.of else f"{item.pairs} of {item.of}"
    parts = [quantity.text(value) for quantity, value in zip(PARTS, item.parts, strict=True)]
    return [
        name,
        f"{pairs} ({FEW})" if item.few else pairs,
        _figure(TOTAL_COST, item.total),
        _figure(LESS_STEAL, item.less_steal),
        _figure(TOTAL_CPU, item.share),
        *parts,
        item.refused or "",
    ]


def _figure(quantity: Quantity, found: Estimate | None) -> str:
    median, spread = median_text(quantity, found, flagged=False), marked_ends(quantity, found)
    return f"{median} ({spread})" if spread else median


MEANING = (
    "CPU time that a cell used more than the same host, load, flood and busy processes without "
    "timers in the same block, whatever thread or softirq spent it; both trials without an "
    "observer. Per callback, and as a share of the time of one CPU. The parts and the rest sum to "
    "the total: softirqs are from the trials with the observer, - is a part that was not measured, "
    f"and is in the rest. Fewer than {ENOUGH_PAIRS} pairs are marked {FEW}. What a hypervisor "
    "does at an exit of the virtual machine is not seen."
)
