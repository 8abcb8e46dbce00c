from __future__ import annotations

import re

import click

from bench.cli.grouped import OTHER, Grouped
from bench.cli.run import run
from bench.cli.run_options import GROUPS
from bench.sweep.sweep_file import packaged_sweeps


def text(width: int = 100) -> str:
    return run.get_help(click.Context(run, info_name="run", terminal_width=width))


def test_the_options_of_run_are_grouped_by_what_they_are_about() -> None:
    headings = re.findall(r"^(\w[\w ]+):$", text(), re.M)
    assert headings == [*GROUPS, OTHER]
    load = text().partition("\nLoad:\n")[2].partition("\n\n")[0]
    assert "--load " in load and "--payload" in load and "--timeout" not in load


def test_every_option_is_shown_once_and_every_name_of_a_group_is_one() -> None:
    shown = re.findall(r"^  (?:-\w, )?(--[a-z-]+)", text(), re.M)
    known = [name for p in run.params for name in p.opts if name.startswith("--")]
    assert sorted(shown) == sorted([*known, "--help"])
    names = [name for group in GROUPS.values() for name in group]
    assert set(names) <= {p.name for p in run.params} and len(set(names)) == len(names)


def test_the_packaged_sweeps_are_named() -> None:
    words = " ".join(text().split())
    assert f"a packaged sweep: {', '.join(packaged_sweeps())}." in words


def test_what_is_in_no_group_has_a_heading_of_its_own() -> None:
    options = [click.Option(["--one"]), click.Option(["--two"])]
    made = Grouped("made", params=options, groups={"First": ("two",)}, add_help_option=False)
    shown = [line.split()[0] for line in made.get_help(click.Context(made)).splitlines() if line]
    assert shown[-4:] == ["First:", "--two", "Other", "--one"]
