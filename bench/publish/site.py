"""The one writer of a site: reads ``results/``, writes all pages.

The site is made in a folder beside its place and takes it in one step, so that visitors
never see half of it and pages of runs that are gone do not stay.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.contribute.check import checked
from bench.errors import BenchError, UsageError
from bench.fleet.read import FLEET_FILE, read_fleet
from bench.page.bundle import libraries
from bench.publish.catalogue import Entry, FleetEntry, newest_first
from bench.publish.comparison import pairs
from bench.publish.made_of import MADE_OF, REPORTS, digest, is_made_of, read_answer
from bench.publish.pages import Page, contributed_page, pages, samples_page
from bench.publish.report_page import LIBRARY, write_fleet_reports, write_report_page
from bench.publish.trend import trends
from bench.store import RunFolder
from bench.store.disk import unwritable
from bench.store.limits_files import LIMITS_FILES, Limits, files_of, merged, read_limits

MARKER = ".bench-site"
"""A file that says that a folder may be replaced by a new site."""
CONTRIBUTED = "contributed"
"""Folder of the results with the runs of other machines."""
PUBLISHED = ("*/run.json", f"{CONTRIBUTED}/*/run.json", "*/fleet.json", *LIMITS_FILES)
"""What a site is made of."""


@dataclass(frozen=True, slots=True)
class Site:
    """What was written: numbers of runs, fleet runs, comparisons, trends, kernels and files.

    Attributes:
        contributed: Runs of other machines, which are not among ``runs``.
    """

    runs: int
    contributed: int
    fleets: int
    comparisons: int
    trends: int
    kernels: int
    files: int


def write_site(results: Path, site: Path) -> Site:
    """Write the site of all runs and fleet runs in ``results`` to the folder ``site``.

    Raises:
        UsageError: No results there, or the folder holds what is not a site.
        BenchError: A file is corrupted or cannot be written.
    """
    site = site.resolve()
    _check(results.resolve(), site)
    entries = newest_first(_entries(results))
    others = newest_first(_contributed(results / CONTRIBUTED))
    fleets = sorted(_fleets(results), key=lambda found: (found.date, found.id), reverse=True)
    limits = merged(map(read_limits, files_of(results)))
    new, old = (site.with_name(f".{site.name}.{part}") for part in ("new", "old"))
    try:
        for left in (new, old):
            shutil.rmtree(left, ignore_errors=True)
        made = _written(entries, others, fleets, limits, new, before=site)
        if site.exists():
            site.replace(old)
        new.replace(site)
    except OSError as error:
        raise unwritable(site, error, "some space") from error
    finally:
        shutil.rmtree(new, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
    return made


def _check(results: Path, site: Path) -> None:
    if not results.is_dir():
        remedy = "Give the folder that holds the run folders"
        raise UsageError(f"{results} is no folder of results", remedy=remedy)
    if results.is_relative_to(site):
        problem = f"--output {site} would replace the results in it"
        raise UsageError(problem, remedy="Choose another folder")
    if site.exists() and not site.is_dir():
        raise UsageError(f"--output {site} is a file", remedy="Choose a folder")
    if site.is_dir() and any(site.iterdir()) and not (site / MARKER).exists():
        problem = f"--output {site} holds files, but no site of bench publish"
        raise UsageError(problem, remedy="Choose an empty or a new folder")
    if not any(path for pattern in PUBLISHED for path in results.glob(pattern)):
        raise UsageError(
            f"{results} holds nothing to publish: no {', no '.join(PUBLISHED)}",
            remedy="Give the folder that holds the run folders, such as results/",
        )


def _entries(results: Path) -> Iterable[Entry]:
    for file in sorted(results.glob("*/run.json")):
        run = RunFolder.open(file.parent)
        trials = run.read()
        yield Entry(
            path=run.path, header=run.header, records=trials.latest, warnings=trials.warnings
        )


def _contributed(folder: Path) -> Iterable[Entry]:
    """Runs that are as ``bench check`` wants them; what identifies nobody is published as it is."""
    for file in sorted(folder.glob("*/run.json")):
        _, wrong = checked(file.parent)
        if wrong:
            raise BenchError(
                f"{file.parent} is no run that can be published: {wrong[0]}",
                remedy=f"See all that is wrong with it: bench check {file.parent}",
            )
    yield from _entries(folder)


def _fleets(results: Path) -> Iterable[FleetEntry]:
    for file in sorted(results.glob(f"*/{FLEET_FILE}")):
        yield FleetEntry(file.parent, read_fleet(file.parent))


def _series(run: Path, site: Path) -> Page:
    """A list of the time series: static hosts list no folder."""
    files = sorted(path.name for path in run.glob("samples/*.npz"))
    return samples_page(run.relative_to(site).as_posix(), files)


def _write(page: Page, site: Path) -> None:
    path = site / page.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page.html, encoding="utf-8")


def _copy_run(entry: Entry, site: Path, before: Path, limits: Limits) -> None:
    """Its files and its report; that of the site before if nothing that it is made of changed."""
    folder, last = site / "runs" / entry.id, before / "runs" / entry.id
    made_of = digest(entry.path, limits)
    shutil.copytree(entry.path, folder)
    if is_made_of(last, made_of):
        for name in REPORTS:
            shutil.copy(last / name, folder)
    else:
        write_report_page(folder, library=f"../../{LIBRARY}", limits=limits)
    (folder / MADE_OF).write_text(made_of, encoding="utf-8")


def _copy_fleet(entry: FleetEntry, folder: Path, site: Path, limits: Limits) -> None:
    """Its file, the run of each host, and the reports of all of them."""
    folder.mkdir(parents=True)
    shutil.copy(entry.path / FLEET_FILE, folder)
    for _, run in entry.runs:
        shutil.copytree(entry.path / run, folder / run)
        _write(_series(folder / run, site), site)
    write_fleet_reports(folder, library=f"../../{LIBRARY}", limits=limits)


def _written(
    entries: list[Entry],
    others: list[Entry],
    fleets: list[FleetEntry],
    limits: Limits,
    site: Path,
    *,
    before: Path,
) -> Site:
    site.mkdir(parents=True)
    (site / MARKER).touch()
    (site / LIBRARY).write_text(libraries(), encoding="utf-8")
    for entry in (*entries, *others):
        _copy_run(entry, site, before, limits)
        _write(_series(site / "runs" / entry.id, site), site)
    for fleet in fleets:
        _copy_fleet(fleet, site / "fleets" / fleet.id, site, limits)
    runs = [entry for entry in entries if not entry.is_recording]
    compared = list(pairs(runs))
    series = trends(runs, compared)
    answers = {entry.id: read_answer(site / "runs" / entry.id) for entry in entries}
    for page in pages(entries, fleets, compared, series, limits, answers):
        _write(page, site)
    _write(contributed_page(others), site)
    return Site(
        runs=len(entries),
        contributed=len(others),
        fleets=len(fleets),
        comparisons=sum(pair.result is not None for pair in compared),
        trends=len(series),
        kernels=len(limits.kernels),
        files=sum(path.is_file() for path in site.rglob("*")),
    )
