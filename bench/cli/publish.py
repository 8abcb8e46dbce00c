"""``bench publish``: the published runs as a static site."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from bench.cli.common import RESULTS, json_option, output_option
from bench.cli.console import console, error_console, print_json
from bench.cli.renamed import Now, Renaming
from bench.publish.site import write_site
from bench.words.plurals import counted


@click.command(cls=Renaming, was={"--site": Now("--output")})
@click.argument("results", type=click.Path(path_type=Path), metavar="RESULTS", default=RESULTS)
@output_option("Folder of the site; an earlier site in it is replaced.", required=True)
@json_option
def publish(*, results: Path, output: Path, as_json: bool) -> int:
    """Write a static site of the runs in RESULTS.

    Pages: an index of the runs and fleet runs, the report of each, and of each host of a fleet
    run, the runs of other machines in RESULTS/contributed, the comparison of any two runs, the
    trend of the same sweep on the same host, and the limits of each kernel, from
    RESULTS/*/matrix.json and RESULTS/limits/*.json, which bench limits --json prints. It works
    from file:// and on any static host.

    \b
    bench publish results/ --output site/
    """
    with error_console().status("Writing the site ..."):
        made = write_site(results, output)
    if as_json:
        print_json({"site": str(output), **asdict(made)})
        return 0
    counts = (
        counted(made.runs, "run"),
        f"{counted(made.contributed, 'run')} of other machines",
        counted(made.fleets, "fleet run"),
        counted(made.comparisons, "comparison"),
        counted(made.trends, "trend"),
        f"limits of {counted(made.kernels, 'kernel')}",
        counted(made.files, "file"),
    )
    console().print(", ".join(counts), soft_wrap=True, markup=False)
    console().print(f"Site: {output / 'index.html'}", soft_wrap=True, markup=False)
    return 0
