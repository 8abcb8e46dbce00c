"""``make dist``: the same commit gives the same files, and they hold what they should."""

from __future__ import annotations

import hashlib
import re
import subprocess
import tarfile
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml

from bench import __version__
from bench.cli.main import COMMANDS
from tests.distribution import made_by

CHECKOUT = Path(__file__).resolve().parents[2]


def built(folder: Path, umask: int) -> dict[str, Path]:
    """What a clone in a folder makes."""
    clone = folder / "checkout"
    quiet = ["git", "clone", "--quiet", "--shared"]
    subprocess.run([*quiet, str(CHECKOUT), str(clone)], check=True, umask=umask)
    said = made_by(clone, folder / "made", umask)
    assert said.count("PASSED") == 2, said
    return {path.suffix: path for path in (folder / "made").iterdir()}


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Path]]:
    """By two users with other umasks, in folders of other names."""
    folders = [tmp_path_factory.mktemp(name) for name in ("one", "a folder of another")]
    return [built(*each) for each in zip(folders, (0o022, 0o077), strict=True)]


@pytest.mark.nightly
def test_two_clones_of_a_commit_make_the_same_files(twice: list[dict[str, Path]]) -> None:
    one, other = (
        {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in made.values()}
        for made in twice
    )
    assert len(one) == 2 and one == other


@pytest.mark.nightly
def test_the_wheel_has_what_is_compiled_and_man_pages(twice: list[dict[str, Path]]) -> None:
    with ZipFile(twice[0][".whl"]) as wheel:
        names = wheel.namelist()
        loops = [
            entry for entry in wheel.infolist() if re.search(r"_objects/loop-", entry.filename)
        ]
    assert sum(name.startswith("bench/_objects/") for name in names) > 30
    assert all(entry.external_attr >> 16 & 0o111 for entry in loops) and len(loops) == 2
    pages = {name.rpartition("/")[2] for name in names if "/share/man/man1/" in name}
    shown = set(COMMANDS) - {"fleet"}  # which only playbooks call
    assert {f"bench-{name}.1" for name in shown} | {"bench.1"} == pages


@pytest.mark.nightly
def test_the_sdist_has_the_sources_of_what_is_compiled(twice: list[dict[str, Path]]) -> None:
    with tarfile.open(twice[0][".gz"]) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert {"bpf/timerbench.h", "bpf/timerfd/loop.c", "Makefile", "requirements-dev.lock"} <= names


def test_one_version_is_stated_everywhere() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    citation = yaml.safe_load((CHECKOUT / "CITATION.cff").read_text())
    log = (CHECKOUT / "CHANGELOG.md").read_text()
    released = re.search(r"^## (\d+\.\d+\.\d+) - (\d{4}-\d\d-\d\d)$", log, re.MULTILINE)
    assert released
    version = {project["version"], citation["version"], released[1], __version__}
    assert len(version) == 1, version
    assert str(citation["date-released"]) == released[2]


def test_each_format_of_results_has_a_date_in_the_changelog() -> None:
    log = (CHECKOUT / "CHANGELOG.md").read_text()
    formats = re.findall(r"^### Format (\d+) - (\S+)$", log, re.MULTILINE)
    assert [number for number, _ in formats] == ["2", "1"]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", date) for _, date in formats)
