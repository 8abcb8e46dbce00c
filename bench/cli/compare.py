"""``bench compare``: two runs, and what differs between them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from bench.cli.common import bisect_option, json_option
from bench.cli.compare_table import show, show_boots, show_fleets
from bench.cli.console import console, error_console, print_json
from bench.cli.lists import Lists
from bench.cli.types import FACTOR, SHARE
from bench.compare.answer import Answer
from bench.compare.boots import BootsResult, compare_boots
from bench.compare.boots_text import boots_document, boots_markdown
from bench.compare.comparable import Across
from bench.compare.document import document
from bench.compare.fleet_text import fleet_document, fleet_markdown
from bench.compare.fleets import FleetResult, FleetRuns, compare_fleets
from bench.compare.result import Result, compare_runs
from bench.compare.text import ORDER, markdown
from bench.compare.verdict import Settings
from bench.errors import BenchError, UsageError
from bench.exits import Exit
from bench.fleet.read import host_runs, is_fleet
from bench.record import is_measurement
from bench.store import RunFolder
from bench.store.run import Run, read_run
from bench.words.plurals import counted

_FORMER = ("worse", "change", "not-same", "never")
"""Values of the former --fail-on."""


@click.command(cls=Lists)
@click.argument("runs", type=click.Path(path_type=Path), metavar="[BASE NEW]", nargs=-1)
@click.option(
    "--base",
    "bases",
    type=click.Path(path_type=Path),
    metavar="RUN...",
    multiple=True,
    help="Runs of several boots, each of which counts as one value; with --new.",
)
@click.option(
    "--new",
    "news",
    type=click.Path(path_type=Path),
    metavar="RUN...",
    multiple=True,
    help="Runs of other boots to compare them with.",
)
@click.option(
    "--threshold",
    type=SHARE,
    default="10%",
    show_default=True,
    help="Relative change that matters in practice.",
)
@click.option(
    "--points",
    type=SHARE,
    default="1%",
    show_default=True,
    help="The same for shares, in percentage points.",
)
@click.option(
    "--alpha",
    type=SHARE,
    default="5%",
    show_default=True,
    help="Share of findings that may be false, over the whole comparison.",
)
@click.option(
    "--across",
    type=click.Choice([str(group) for group in Across]),
    multiple=True,
    help="Host facts that are what is compared; can be repeated.",
)
@click.option(
    "--force",
    is_flag=True,
    help="Compare runs although they differ in what matters; the output says so.",
)
@click.option(
    "--detect",
    type=FACTOR,
    default="x1.5",
    show_default=True,
    help="Factor of a cell's primary metric that must be excluded in every cell for exit code 0.",
)
@click.option("--fail-on", type=click.Choice(_FORMER), hidden=True)
@bisect_option
@click.option("--all", "everything", is_flag=True, help="Show all comparisons, not only changes.")
@json_option
@click.option("--markdown", "as_markdown", is_flag=True, help="Print Markdown for a pull request.")
def compare(
    *,
    runs: Sequence[Path],
    bases: Sequence[Path],
    news: Sequence[Path],
    threshold: float,
    points: float,
    alpha: float,
    across: Sequence[str],
    force: bool,
    detect: float,
    fail_on: str | None,
    everything: bool,
    as_json: bool,
    as_markdown: bool,
) -> int:
    """Compare the runs BASE and NEW: better, worse, same, or cannot tell.

    Both may be folders of fleet runs: hosts are compared by their name in the inventory, each with
    itself, then all together.

    Each cell is decided by its primary metric: p99 lateness where the sample carries it, else p50.
    A kernel is compared by several boots of each, with --base and --new: at least four, eight for
    single cells.

    Exit code 1: it is worse in a cell. 0: in every cell it was shown to have risen by less than
    --detect. 4: neither; cells without an answer are named with what they would need.

    \b
    bench compare results/20260101T120000Z-host-quick results/20260201T120000Z-host-quick
    bench compare --across kernel --markdown --base OLD1 OLD2 OLD3 OLD4 --new NEW1 NEW2 NEW3 NEW4
    bench compare --bisect --base GOOD1 GOOD2 GOOD3 GOOD4 --new NEW1 NEW2 NEW3 NEW4
    """
    if as_json and as_markdown:
        raise UsageError("--json and --markdown exclude each other", remedy="Give one of them")
    settings = Settings(ratio=threshold, points=points, alpha=alpha, detect=detect)
    groups_across = [Across(name) for name in across]
    if bases or news:
        boots = _boots(runs, bases, news, settings, groups_across, force=force)
        _print_boots(boots, as_json, as_markdown)
        return _code([boots.answer], boots.answer.exit, fail_on)
    base, new = _two(runs)
    fleets = (is_fleet(base), is_fleet(new))
    if all(fleets):
        found = compare_fleets(
            _fleet(base), _fleet(new), settings, across=groups_across, force=force
        )
        _print_fleets(found, as_json, as_markdown, everything)
        return _code(
            [*(host.answer for host in found.hosts.values()), found.whole], found.exit, fail_on
        )
    if any(fleets):
        remedy = "Give two fleet runs, or the run folders of one host: FLEET/HOST/RUN"
        raise UsageError("one is a fleet run and the other is not", remedy=remedy)
    result = compare_runs(_read(base), _read(new), settings, across=groups_across, force=force)
    if not result.comparisons:
        raise UsageError(result.why_nothing, remedy="Compare runs of one sweep")
    _print(result, as_json, as_markdown, everything)
    return _code([result.answer], result.answer.exit, fail_on)


def _print(result: Result, as_json: bool, as_markdown: bool, everything: bool) -> None:
    if as_json:
        print_json(document(result))
    elif as_markdown:
        click.echo(markdown(result), nl=False)
    else:
        show(console(), result, ORDER if everything else ORDER[:2])


def _two(runs: Sequence[Path]) -> tuple[Path, Path]:
    if len(runs) != 2:
        remedy = "Give BASE and NEW, or the runs of several boots after --base and after --new"
        raise UsageError(f"{counted(len(runs), 'run')} given", remedy=remedy)
    return runs[0], runs[1]


def _boots(
    runs: Sequence[Path],
    bases: Sequence[Path],
    news: Sequence[Path],
    settings: Settings,
    across: Sequence[Across],
    *,
    force: bool,
) -> BootsResult:
    if runs or not (bases and news):
        remedy = "Give the runs of one side after --base, those of the other after --new"
        raise UsageError("--base and --new go together, without other runs", remedy=remedy)
    ours, theirs = [_read(path) for path in bases], [_read(path) for path in news]
    return compare_boots(ours, theirs, settings, across=across, force=force)


def _print_boots(result: BootsResult, as_json: bool, as_markdown: bool) -> None:
    if as_json:
        print_json(boots_document(result))
    elif as_markdown:
        click.echo(boots_markdown(result), nl=False)
    else:
        show_boots(console(), result)


def _print_fleets(result: FleetResult, as_json: bool, as_markdown: bool, everything: bool) -> None:
    if as_json:
        print_json(fleet_document(result))
    elif as_markdown:
        click.echo(fleet_markdown(result), nl=False)
    else:
        show_fleets(console(), result, ORDER if everything else ORDER[:2])


def _code(answers: Sequence[Answer], code: Exit, fail_on: str | None) -> Exit:
    """The exit code, or what the former ``--fail-on`` made of the same answers."""
    if fail_on is None:
        return code
    error_console().print("warning: --fail-on is replaced by --detect; the next release drops it")
    if fail_on == "never":
        return Exit.GOOD
    better = fail_on != "worse" and any(answer.better for answer in answers)
    return Exit.BAD if better else code


def _fleet(path: Path) -> FleetRuns:
    runs = {name: _opened(run) if run else None for name, run in host_runs(path).items()}
    return FleetRuns(
        path.name, {n: run if run and run.records else None for n, run in runs.items()}
    )


def _read(path: Path) -> Run:
    run = _opened(path)
    if not run.records:
        remedy = f"Measure it with: bench run --resume {path}"
        raise BenchError(f"{path} has no trial to compare", remedy=remedy)
    return run


def _opened(path: Path) -> Run:
    folder = RunFolder.open(path)
    if not is_measurement(folder.header):
        raise UsageError(
            f"{path} was made in an emulated guest: its time is no measurement",
            remedy="Compare runs of real machines, or of guests with KVM",
        )
    run = read_run(folder)
    for warning in run.warnings:
        error_console().print(f"warning: {warning}", markup=False)
    return run
