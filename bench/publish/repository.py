"""What the repository shows of its published runs: README's answer, the table of all. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.analysis.answers.question import Sentence
from bench.publish.catalogue import Entry
from bench.publish.questions import ORDER, lines_of, topics
from bench.record import RunHeader
from bench.words.escape import Markdown, escape, table
from bench.words.machines import hardware

FRONT: Mapping[str, tuple[str, ...]] = {
    "connections": ("A timer on every connection", "ksoftirqd", "In production"),
    "quick": ORDER["quick"],
    "accuracy": ORDER["accuracy"],
}
"""Sweeps whose answer README can show, first that which is published, and which lines of it."""
MOST_LINES = 8
"""Lines of the answer in README."""
TITLES = ("run", "host", "trials per cell", "question")


def answer_lines(sweep: str, answer: Sequence[Sentence]) -> list[str]:
    """The answer of a sweep of :data:`FRONT`: the first line with its parts, others in one each."""
    by_subject = {line.subject: line for line in lines_of(sweep, answer)}
    lines = [by_subject[subject] for subject in FRONT[sweep] if subject in by_subject]
    parts = lines[0].parts[: MOST_LINES - len(lines)] if lines else ()
    first = [_item(line, line.text) for line in lines[:1]]
    return [*first, *(f"  - {escape(part)}" for part in parts), *map(_short, lines[1:])]


def _item(line: Sentence, text: str) -> str:
    verdict = f" {escape(line.verdict)}" if line.verdict else ""
    return f"- **{escape(line.subject)}.{verdict}** {escape(text)}"


def _short(line: Sentence) -> str:
    """In one line: of several parts the last, which in production is what the kernel refuses."""
    return _item(line, " ".join([line.text, *line.parts[-1:]]))


def run_table(entries: Sequence[Entry]) -> Markdown:
    """A row for each run, newest first within its question, with links from their folder.

    Args:
        entries: Newest first; their records are not needed.
    """
    runs = [run for topic in topics(entries, {}, []) for run in topic.runs]
    hosts = ["", *(host_text(run.header) for run in runs)]
    rows = [
        (
            Markdown(f"[{escape(run.id)}]({run.id}/report.md)"),
            "the same" if host == before else host,
            _trials(run.header),
            run.header.sweep.question or f"Sweep {run.header.sweep.name}",
        )
        for run, before, host in zip(runs, hosts, hosts[1:], strict=False)
    ]
    return table(TITLES, rows, right={TITLES.index("trials per cell")})


def host_text(header: RunHeader) -> str:
    """What a run was measured on: machine, CPUs, kernel."""
    return f"{hardware(header.host)}, Linux {header.host.get('kernel_release') or 'unknown'}"


def _trials(header: RunHeader) -> str:
    """With a wanted precision a cell is measured again until it has that."""
    more = "" if header.sweep.precision is None else " or more"
    return f"{header.sweep.repeat}{more}"
