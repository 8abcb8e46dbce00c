"""A host with Debian 13 and cgroup v2 only, over ssh: from bare to a report, and back.

It has another Python, clang, libbpf and BCC than Debian 12, and runs on this machine's kernel.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.fleet.read import read_fleet
from tests.playbooks.conftest import unable
from tests.playbooks.lab import LAB, PROVISIONED, TEST_S, FleetOutcome, Lab, lab
from tests.playbooks.playing import REPOSITORY

# The unit and kernel tests are one test each here.
pytestmark = [pytest.mark.nightly, pytest.mark.timeout(2 * TEST_S)]

HOST = "sut13"
INVENTORY = REPOSITORY / "inventory/debian13.yml"
SWEEP = """
name: debian13
question: Does a host with Debian 13 measure?
duration: 300ms
warmup: 50ms
repeat: 1
seed: 7
max_steal: 1.0
controls: none
cells:
  - {program: resident, map_size: 100, timeout: 10ms, observer: bcc, instrument: stages}
  - {program: tcp, map_size: 16384, timeout: 1ms, load: 200, hook: sockops, observer: procfs}
"""


@pytest.fixture(scope="module")
def debian13(provisioned: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    results = tmp_path_factory.mktemp("debian13") / "results"
    results.mkdir()
    if "overlay" not in Path("/proc/filesystems").read_text():
        unable("this kernel has no overlayfs, of which the lab's hosts are made")
    if shutil.which("mmdebstrap") is None:
        unable("mmdebstrap is not installed: `make setup` comes first")
    with lab(LAB, results, HOST, inventory=INVENTORY) as made:
        yield made


@dataclass(frozen=True)
class Story:
    """What became of the host, from the first play to the last."""

    mounts: str
    first: FleetOutcome
    folder: Path
    tools: str
    restored: FleetOutcome
    left: str


@pytest.fixture(scope="module")
def story(debian13: Lab, tmp_path_factory: pytest.TempPathFactory) -> Story:
    sweep = tmp_path_factory.mktemp("sweep") / "debian13.yaml"
    sweep.write_text(SWEEP)
    mounts = debian13.run(HOST, "cat", "/proc/mounts")
    first = debian13.play("bench.yml", sweep=str(sweep))
    assert first.returncode == 0, first.output
    tools = debian13.run(HOST, "dpkg-query", "--show", "bpftool", "python3-venv")
    restored = debian13.play("playbooks/restore.yml")
    left = debian13.run(HOST, "cat", "/proc/mounts")
    return Story(mounts, first, debian13.fleets()[-1], tools, restored, left)


def header(story: Story) -> dict:
    (file,) = story.folder.glob(f"{HOST}/*/run.json")
    return json.loads(file.read_text())


def test_the_host_has_cgroup_v2_only(story: Story) -> None:
    kinds = {tuple(line.split()[1:3]) for line in story.mounts.splitlines()}
    assert ("/sys/fs/cgroup", "cgroup2") in kinds
    assert "cgroup" not in {kind for _, kind in kinds}
    assert ("/tmp", "tmpfs") in kinds


def test_a_bare_host_is_provisioned_from_its_mirror(story: Story) -> None:
    assert "bpftool" in story.tools and "python3-venv" in story.tools


def test_every_cell_is_measured_and_reported(story: Story) -> None:
    (host,) = read_fleet(story.folder).hosts
    assert (host.name, host.state) == (HOST, "complete")
    (file,) = story.folder.glob(f"{HOST}/*/trials.jsonl")
    records = [json.loads(line) for line in file.read_text().splitlines()]
    assert [record["status"] for record in records] == ["ok", "ok"], records
    assert all(record["ledger"]["lost"] == 0 for record in records)
    assert (story.folder / "report.md").is_file()


def test_the_run_names_the_distribution_and_its_tools(story: Story) -> None:
    host, tools = header(story)["host"], header(story)["tools"]
    assert (host["os_id"], host["os_version"]) == ("debian", "13")
    assert host["os_name"].startswith("Debian GNU/Linux 13")
    assert tools["python"].startswith("3.13.") and "clang version 19" in tools["clang"]


def test_restoring_undoes_what_was_made(debian13: Lab, story: Story) -> None:
    assert story.restored.returncode == 0, story.restored.output
    assert " tracefs " not in story.left and " bpf " not in story.left
    assert not (debian13.root(HOST) / PROVISIONED).exists()


def test_the_quick_sweep_is_measured(debian13: Lab, story: Story) -> None:
    outcome = debian13.play("bench.yml", sweep="quick")
    assert outcome.returncode == 0, outcome.output
    (host,) = read_fleet(debian13.fleets()[-1]).hosts
    assert host.state == "complete"
    assert debian13.play("playbooks/restore.yml").returncode == 0


def test_a_second_provisioning_changes_nothing(debian13: Lab, story: Story) -> None:
    debian13.provision(HOST)
    again = debian13.play("playbooks/provision.yml")
    assert again.returncode == 0, again.output
    assert again.recap(HOST, "changed") == 0


NEEDED = ("hypothesis", "mypy", "prometheus-client", "pyarrow", "pytest", "scipy", "types-PyYAML")
"""Of the packages for developing, those that the tests below import; by how their names begin."""
LOCKED = ("test_the_venv_is_what_the_lock_says", "test_the_lock_has_what_its_packages_ask_for")
CHECKOUT = "/srv/checkout"


def wheels(folder: Path) -> None:
    """The newest wheels for Debian 13's Python that this project and its tests may have."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    extra = project["project"]["optional-dependencies"]["dev"]
    wanted = [*project["project"]["dependencies"], *(w for w in extra if w.startswith(NEEDED))]
    wanted += [*project["build-system"]["requires"], "editables"]
    machine = subprocess.run(["uname", "-m"], capture_output=True, text=True, check=True)
    platforms = [
        f"--platform=manylinux_{tag}_{machine.stdout.strip()}" for tag in ("2_28", "2_27", "2_17")
    ]
    target = ["--only-binary=:all:", "--implementation=cp", "--python-version=3.13", *platforms]
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet"]
    subprocess.run([*pip, f"--dest={folder}", *target, *wanted], check=True)


def checkout(folder: Path) -> None:
    """A clone of this checkout with what has changed in it since."""
    clone = ["git", "clone", "--quiet", "--depth=1", f"file://{REPOSITORY}", str(folder)]
    subprocess.run(clone, check=True)
    listed = ["git", "-C", str(REPOSITORY), "ls-files", "-z"]
    names = subprocess.run(listed, capture_output=True, check=True).stdout.decode().split("\0")
    for name in filter(None, names):
        if (REPOSITORY / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / name, folder / name)
    subprocess.run(["git", "-C", str(folder), "add", "--all"], check=True)


@pytest.fixture(scope="module")
def inside(debian13: Lab, story: Story, tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """The provisioned host with a copy of this checkout and a virtual environment for its tests."""
    debian13.provision(HOST)
    target = debian13.root(HOST) / CHECKOUT.removeprefix("/")
    # Neither git nor pip can write where only /proc leads.
    made = tmp_path_factory.mktemp("checkout") / "made"
    checkout(made)
    wheels(made / "wheels")
    shutil.copytree(made, target, symlinks=True, dirs_exist_ok=True)
    venv = f"{CHECKOUT}/.venv"
    debian13.run(HOST, "/usr/bin/python3", "-m", "venv", "--system-site-packages", venv)
    pip = (f"{venv}/bin/pip", "install", "--quiet", "--no-index", f"--find-links={CHECKOUT}/wheels")
    files = [path.name for path in (target / "wheels").iterdir()]
    debian13.run(HOST, *pip, *(f"{CHECKOUT}/wheels/{name}" for name in files))
    debian13.run(HOST, *pip, "--no-build-isolation", "--no-deps", "--editable", CHECKOUT)
    return debian13


def runs_well(host: Lab, *words: str) -> None:
    """Run a command of the virtual environment in the checkout; its output if it fails."""
    script = f'cd {CHECKOUT} && PATH=$PWD/.venv/bin:$PATH BENCH_REQUIRE_KERNEL=1 exec "$@"'
    command = host.inside(HOST, "sh", "-c", script, "sh", *words)
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-5_000:]


def test_types_fit_the_newest_numpy(inside: Lab) -> None:
    runs_well(inside, "mypy")


def test_unit_tests_pass_there(inside: Lab) -> None:
    """Those of the lock are for the virtual environment made by it: this one has newer packages."""
    of_the_lock = [f"--deselect=tests/unit/test_lock.py::{name}" for name in LOCKED]
    runs_well(inside, "pytest", "--quiet", "-n", "auto", *of_the_lock, "tests/unit")


def test_kernel_tests_pass_there(inside: Lab) -> None:
    runs_well(inside, "pytest", "--quiet", "tests/kernel")
