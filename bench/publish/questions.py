"""The front page by question: what a sweep asks, its newest answer, and all runs of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.analysis.answers.gloss import gloss, gloss_text
from bench.analysis.answers.question import Sentence
from bench.analysis.boots import boots_text
from bench.publish.catalogue import Entry
from bench.publish.trend import Trend
from bench.words.text import slug

ORDER: Mapping[str, tuple[str, ...]] = {
    "connections": (
        "What a timer costs",
        "What you can afford",
        "Which engine",
        "ksoftirqd",
        "In production",
        "A timer on every connection",
    ),
    "accuracy": ("Lateness",),
    "ksoftirqd": ("ksoftirqd", "Cost to connections"),
    "throughput": ("Ceiling",),
    "alternatives": ("Alternatives",),
    "gate": ("Lateness",),
    "quick": ("Lateness", "Ceiling", "ksoftirqd"),
}
"""Packaged sweeps in the order of the front page, and which lines of the answer are theirs."""
MOST_LINES = 3
"""Lines of the answer of another sweep."""
PREFERRED = "5k connections/s, timeouts of 300s"
"""The point whose line stands for all where a sweep has it: a rate and a timeout people have."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A question with everything that was published about it.

    Attributes:
        sweep: Name of the sweep that asks it.
        runs: Newest first.
        answer: Of the newest finished run that measured; empty without one.
        answered_by: That run.
        trends: Of the runs that can be compared.
    """

    sweep: str
    runs: tuple[Entry, ...]
    answer: tuple[Sentence, ...]
    answered_by: Entry | None
    trends: tuple[Trend, ...]

    @property
    def key(self) -> str:
        """Anchor in the front page."""
        return f"about-{slug(self.sweep)}"

    @property
    def question(self) -> str:
        """As the newest run asks it."""
        return self.runs[0].header.sweep.question or f"Sweep {self.sweep}"

    @property
    def words(self) -> str:
        """What the words of the answer mean."""
        return gloss_text(gloss(self.answer))

    @property
    def boots(self) -> str:
        """Of how many boots its runs are; empty of a single run."""
        return boots_text([run.header for run in self.runs]) if len(self.runs) > 1 else ""


def topics(
    runs: Sequence[Entry], answers: Mapping[str, Sequence[Sentence]], trends: Sequence[Trend]
) -> list[Topic]:
    """A topic for each sweep that was published: those of :data:`ORDER`, then others by name.

    Args:
        runs: Newest first.
        answers: The answer of each run, by its id.
        trends: Of runs of the same sweep on the same host.
    """
    names = {run.header.sweep.name for run in runs}
    ordered = [name for name in ORDER if name in names]
    return [
        _topic(name, [run for run in runs if run.header.sweep.name == name], answers, trends)
        for name in (*ordered, *sorted(names - set(ordered)))
    ]


def lines_of(sweep: str, answer: Sequence[Sentence]) -> tuple[Sentence, ...]:
    """A line for each subject that a sweep was made for, in their order.

    Of several with one subject it is that of the point that is preferred, else the first.
    """
    wanted = ORDER.get(sweep)
    chosen: dict[str, Sentence] = {}
    for line in sorted(answer, key=lambda each: not each.text.startswith(PREFERRED)):
        if wanted is None or line.subject in wanted:
            chosen.setdefault(line.subject, line)
    lines = [line for line in answer if chosen.get(line.subject) is line]
    return tuple(lines if wanted else lines[:MOST_LINES])


def _topic(
    sweep: str,
    runs: Sequence[Entry],
    answers: Mapping[str, Sequence[Sentence]],
    trends: Sequence[Trend],
) -> Topic:
    able = (run for run in runs if run.measured and run.header.finished and answers.get(run.id))
    newest = next(able, None)
    return Topic(
        sweep=sweep,
        runs=tuple(runs),
        answer=lines_of(sweep, answers[newest.id]) if newest else (),
        answered_by=newest,
        trends=tuple(trend for trend in trends if trend.runs[0].header.sweep.name == sweep),
    )
