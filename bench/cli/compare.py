"""``bench compare``: two runs, and what differs between them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from bench.cli.common import json_option
from bench.cli.compare_table import show, show_fleets
from bench.cli.console import console, error_console, print_json
from bench.cli.types import SHARE
from bench.compare.comparable import Across
from bench.compare.fleet_text import fleet_document, fleet_markdown
from bench.compare.fleets import FleetResult, FleetRuns, compare_fleets
from bench.compare.result import Result, compare_runs, document
from bench.compare.text import ORDER, markdown
from bench.compare.verdict import Comparison, Settings, Verdict
from bench.errors import BenchError, UsageError
from bench.exits import Exit, exit_of
from bench.fleet.read import host_runs, is_fleet
from bench.record import is_measurement
from bench.store import RunFolder
from bench.store.run import Run, read_run

_FAILING: dict[str, Sequence[Verdict]] = {
    "worse": (Verdict.WORSE,),
    "change": (Verdict.WORSE, Verdict.BETTER),
    "not-same": (Verdict.WORSE, Verdict.BETTER),
    "never": (),
}


@click.command()
@click.argument("base", type=click.Path(path_type=Path), metavar="BASE")
@click.argument("new", type=click.Path(path_type=Path), metavar="NEW")
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
    "--fail-on",
    type=click.Choice(list(_FAILING)),
    default="worse",
    show_default=True,
    help="Verdicts that make the exit code 1; not-same wants an answer for each comparison, too.",
)
@click.option("--all", "everything", is_flag=True, help="Show all comparisons, not only changes.")
@json_option
@click.option("--markdown", "as_markdown", is_flag=True, help="Print Markdown for a pull request.")
def compare(
    *,
    base: Path,
    new: Path,
    threshold: float,
    points: float,
    alpha: float,
    across: Sequence[str],
    force: bool,
    fail_on: str,
    everything: bool,
    as_json: bool,
    as_markdown: bool,
) -> int:
    """Compare the runs BASE and NEW: better, worse, same, or cannot tell.

    Both may be folders of fleet runs: hosts are compared by their name in the inventory, each with
    itself, then all together.

    Exit code 1 means a regression, or whatever --fail-on names. 4 means no answer: of a cell that
    counts in BASE and no longer in NEW, of a host that only one fleet run has, of a run that did
    not finish, of what changed its meaning, or with so few trials that no change could be shown.

    \b
    bench compare results/20260101T120000Z-host-quick results/20260201T120000Z-host-quick
    bench compare BASE NEW --across kernel --markdown > comment.md
    """
    if as_json and as_markdown:
        raise UsageError("--json and --markdown exclude each other", remedy="Give one of them")
    settings = Settings(ratio=threshold, points=points, alpha=alpha)
    groups_across = [Across(name) for name in across]
    fleets = (is_fleet(base), is_fleet(new))
    if all(fleets):
        found = compare_fleets(
            _fleet(base), _fleet(new), settings, across=groups_across, force=force
        )
        return _answer_of_fleets(found, as_json, as_markdown, everything, fail_on)
    if any(fleets):
        remedy = "Give two fleet runs, or the run folders of one host: FLEET/HOST/RUN"
        raise UsageError("one is a fleet run and the other is not", remedy=remedy)
    result = compare_runs(_read(base), _read(new), settings, across=groups_across, force=force)
    if not result.comparisons:
        raise UsageError(result.why_nothing, remedy="Compare runs of one sweep")
    if as_json:
        print_json(document(result))
    elif as_markdown:
        click.echo(markdown(result), nl=False)
    else:
        show(console(), result, ORDER if everything else ORDER[:2])
    return _code([result], result.comparisons, fail_on)


def _answer_of_fleets(
    result: FleetResult, as_json: bool, as_markdown: bool, everything: bool, fail_on: str
) -> int:
    if as_json:
        print_json(fleet_document(result))
    elif as_markdown:
        click.echo(fleet_markdown(result), nl=False)
    else:
        show_fleets(console(), result, ORDER if everything else ORDER[:2])
    together = [item for host in result.hosts.values() for item in host.comparisons]
    together += result.together
    lacking = bool(result.unanswered)
    return _code(list(result.hosts.values()), together, fail_on, lacking=lacking)


def _code(
    results: Sequence[Result],
    found: Sequence[Comparison],
    fail_on: str,
    *,
    lacking: bool = False,
) -> Exit:
    """Bad are the verdicts that the user names; without an answer, whatever could not be judged.

    Args:
        results: What was compared.
        found: All comparisons.
        fail_on: Which verdicts the user cares for; if none, a comparison that was made is good.
        lacking: There is something that could not be compared at all.
    """
    if fail_on == "never":
        return Exit.GOOD
    verdicts = {item.verdict for item in found}
    return exit_of(
        bad=not verdicts.isdisjoint(_FAILING[fail_on]),
        unanswered=lacking
        or any(r.lost or r.unfinished or r.redefined for r in results)
        or all(result.fewest is None for result in results)
        or (fail_on == "not-same" and Verdict.CANNOT_TELL in verdicts),
    )


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
