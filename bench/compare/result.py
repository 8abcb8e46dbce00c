"""The comparison of two runs as one value, and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from bench.compare.answer import Answer, Undecided, answer
from bench.compare.apart import apart
from bench.compare.cells import as_in, by_cell, lost, unmatched
from bench.compare.comparable import (
    Across,
    Difference,
    check_comparable,
    differences,
    refuse_mixed,
    refuse_recordings,
    tool_differences,
)
from bench.compare.definitions import Redefined, of_one_meaning, quantities_of, redefined
from bench.compare.measured import compare
from bench.compare.verdict import Comparison, Settings, Verdict
from bench.quantities.primary import measures_none, primary_of
from bench.record import TrialRecord
from bench.spec import Cell
from bench.store.run import Run
from bench.store.upgrade import lacking
from bench.words.plurals import counted

SAME_RUN = "BASE and NEW are the same run, which shows nothing"
NOTHING = "the runs have no cell in common"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Two runs compared.

    Attributes:
        forced: Differences of the runs that forbid the comparison, but were overruled.
        subject: Differences that are what is compared.
        tools: Tools that differ.
        lost: Cells without a trial that counts in the new run, which have some in the base.
        unfinished: Runs of the two that did not finish.
        gone: Cells that only the base run has; ``added``: only the new one.
        redefined: Quantities and axes of two definitions, which are not compared.
        lacking: What runs lack because of their format, a sentence each.
        beside: Tests of other hosts that the verdicts were corrected along with.
        excluded: Cells that measure no lateness, so that no primary metric decides them.
        unjudged: Cells of both runs that have no primary metric for another reason.
        apart: Why a change may be that of another boot or hour; empty if it may not.
    """

    base: str
    new: str
    settings: Settings
    comparisons: Sequence[Comparison]
    forced: Sequence[Difference]
    subject: Sequence[Difference]
    tools: Sequence[Difference]
    lost: Sequence[Cell]
    unfinished: Sequence[str]
    gone: Sequence[Cell]
    added: Sequence[Cell]
    redefined: Sequence[Redefined] = ()
    lacking: Sequence[str] = ()
    beside: int = 0
    excluded: Sequence[Cell] = ()
    unjudged: Sequence[Undecided] = ()
    apart: str = ""

    @property
    def answer(self) -> Answer:
        """Whether anything became worse."""
        missing = [
            *(Undecided(cell, "only in BASE: measure it in NEW") for cell in self.gone),
            *(Undecided(cell, "only in NEW: measure it in BASE") for cell in self.added),
        ]
        return answer(
            self.comparisons,
            self.settings,
            others=[*self.unjudged, *missing],
            excluded=self.excluded,
            attributable=not self.apart,
            reasons=[
                *([self.apart] if self.apart else []),
                *([SAME_RUN] if self.base == self.new else []),
                *(f"{run} did not finish" for run in self.unfinished),
                *(f"not compared, because its meaning changed: {each}" for each in self.redefined),
            ],
        )

    def count(self, verdict: Verdict) -> int:
        """Comparisons with this verdict."""
        return Counter(item.verdict for item in self.comparisons)[verdict]

    @property
    def tested(self) -> int:
        """Primary comparisons that were tested; their p-values are corrected for this number."""
        return self.beside + sum(item.p is not None for item in self.comparisons if item.primary)

    @property
    def fewest(self) -> int | None:
        """Cells that must have changed at least, all as clearly as can be, before one is shown.

        None if no number of them would do. By Benjamini and Hochberg ``k`` changes are shown if
        the largest of their p-values, times the number of comparisons, is at most alpha ``k``.
        """
        tested = (item for item in self.comparisons if item.primary and item.p is not None)
        least = sorted(item.least_p for item in tested)
        alpha = self.settings.alpha
        enough = (k for k, p in enumerate(least, start=1) if p * self.tested / k <= alpha)
        return next(enough, None)

    @property
    def why_nothing(self) -> str:
        """Why there is no comparison at all."""
        other = "; ".join(str(each) for each in self.redefined)
        return (
            f"everything that could be compared changed its meaning: {other}" if other else NOTHING
        )

    @property
    def summary(self) -> str:
        """One line: how many of each verdict."""
        return summary_of(self.comparisons)


def summary_of(comparisons: Sequence[Comparison]) -> str:
    """How many of each verdict, on one line."""
    found = Counter(item.verdict for item in comparisons)
    counts = ", ".join(f"{found[verdict]} {verdict}" for verdict in Verdict)
    return f"{counted(len(comparisons), 'comparison')}: {counts}"


def compare_runs(
    base: Run,
    new: Run,
    settings: Settings,
    *,
    across: Collection[Across] = (),
    force: bool = False,
) -> Result:
    """Compare two runs.

    Raises:
        UsageError: They differ in what matters, and neither ``across`` nor ``force`` permits it.
    """
    refuse_recordings((base.header, new.header))
    refuse_mixed((base.header, new.header))
    found = differences(base.header, new.header)
    check_comparable(found, across=across, force=force)
    new = replace(new, records=as_in(base.records, new.records))
    ours, theirs, without = paired(base, new)
    comparisons = compare(ours, theirs, settings, without)
    return result_of(base, new, settings, comparisons, across=across)


def paired(
    base: Run, new: Run
) -> tuple[Sequence[TrialRecord], Sequence[TrialRecord], frozenset[str]]:
    """Records whose axes mean the same in both runs, and keys of quantities that do not."""
    other = redefined(base.header, new.header)
    ours, theirs = of_one_meaning(base.records, other), of_one_meaning(new.records, other)
    return ours, theirs, quantities_of(other)


def result_of(
    base: Run,
    new: Run,
    settings: Settings,
    comparisons: Sequence[Comparison],
    *,
    across: Collection[Across] = (),
    beside: int = 0,
) -> Result:
    """Comparisons that were judged, with all that a reader must know beside them."""
    found = differences(base.header, new.header)
    gone, added = unmatched(base.records, new.records)
    excluded, unjudged = _without_primary(base, new)
    return Result(
        base=base.header.run_id,
        new=new.header.run_id,
        settings=settings,
        comparisons=comparisons,
        forced=[d for d in found if d.group not in across],
        subject=[d for d in found if d.group in across],
        tools=tool_differences(base.header, new.header),
        lost=lost(base.records, new.records),
        unfinished=[run.header.run_id for run in (base, new) if run.header.finished is None],
        gone=gone,
        added=added,
        redefined=[
            each
            for each in redefined(base.header, new.header)
            if each.matters(base.records) and each.matters(new.records)
        ],
        lacking=[text for run in (base, new) if (text := lacking(run.header))],
        beside=beside,
        excluded=excluded,
        unjudged=unjudged,
        apart=apart(base.header, new.header),
    )


def _without_primary(base: Run, new: Run) -> tuple[list[Cell], list[Undecided]]:
    """Cells of both runs that no primary metric decides: those that measure none, and others."""
    ours, theirs, without = paired(base, new)
    known, there = by_cell(ours), by_cell(theirs)
    cells = [c for c in known if c in there and primary_of(known[c], without) is None]
    excluded = [cell for cell in cells if measures_none(known[cell])]
    why = "no trial that counts in BASE, or its primary metric changed its meaning"
    return excluded, [Undecided(cell, why) for cell in cells if cell not in excluded]
