"""The role host against the kernel's own account of mounts, links and settings.

Provisioning, and undoing it, is tried in a namespace of its own with folders of its own: the host,
and whoever uses its tracefs meanwhile, see nothing of it.
"""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.playbooks.playing import Namespace, Outcome, namespace, play

TRACEFS = ("/sys/kernel/tracing", "tracefs")
BPFFS = ("/sys/fs/bpf", "bpf")
PROVISION = "playbooks/provision.yml"
RESTORE = "playbooks/restore.yml"
KERNEL = platform.release()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The part of a host that provisioning makes."""

    outcome: Outcome
    mounts: set[tuple[str, str]]
    files: set[str]
    state: dict


@dataclass(frozen=True, slots=True)
class Place:
    """A namespace, and folders in the place of the host's."""

    space: Namespace
    folder: Path

    def play(self, playbook: str, mode: str = "") -> Snapshot:
        outcome = play(
            playbook,
            inside=self.space,
            mode=mode,
            host_state_path=str(self.folder / "state"),
            host_modules_path=str(self.folder / "modules"),
        )
        state = self.folder / "state/provisioned.json"
        return Snapshot(
            outcome,
            self.space.mounts(),
            {str(path.relative_to(self.folder)) for path in self.folder.rglob("*")},
            json.loads(state.read_text()) if state.exists() else {},
        )


@pytest.fixture(scope="module")
def place(provisioned: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A place with Debian's headers and bpffs, as if somebody had mounted it, but no tracefs."""
    folder = tmp_path_factory.mktemp("host")
    for headers in Path("/lib/modules").glob("*-cloud-*"):
        links = folder / "modules" / headers.name
        links.mkdir(parents=True)
        for name in ("build", "source"):
            shutil.copy(headers / name, links / name, follow_symlinks=False)
    with namespace() as space:
        for path, kind in (TRACEFS, BPFFS):
            while (path, kind) in space.mounts():
                space.run("umount", path)
        space.run("mount", "-t", "bpf", "bpf", BPFFS[0])
        yield Place(space, folder)


@pytest.fixture(scope="module")
def story(place: Place) -> dict[str, Snapshot]:
    """Every step once, in the order of a host's life."""
    return {
        "tried": place.play(PROVISION, "--check"),
        "provisioned": place.play(PROVISION),
        "again": place.play(PROVISION),
        "restored": place.play(RESTORE),
        "restored again": place.play(RESTORE),
    }


def test_every_step_ends_well(story: dict[str, Snapshot]) -> None:
    for step in story.values():
        assert step.outcome.returncode == 0, step.outcome.output


def test_check_mode_changes_nothing(story: dict[str, Snapshot]) -> None:
    step = story["tried"]
    assert step.outcome.changed > 0
    assert TRACEFS not in step.mounts
    assert step.files == story["restored"].files


def test_provisioning_mounts_what_is_missing(story: dict[str, Snapshot]) -> None:
    assert {TRACEFS, BPFFS} <= story["provisioned"].mounts


def test_provisioning_leads_bcc_to_headers(story: dict[str, Snapshot]) -> None:
    step = story["provisioned"]
    assert {f"modules/{KERNEL}/build", f"modules/{KERNEL}/source"} <= step.files
    for link in step.state["links"]:
        assert Path(link["target"]).is_dir()
    assert step.state["headers"]["kernel"] == KERNEL
    assert f"linux-headers-{step.state['headers']['release']}" in step.state["links"][0]["target"]


def test_the_state_file_names_what_was_made_and_nothing_else(story: dict[str, Snapshot]) -> None:
    state = story["provisioned"].state
    assert [(mount["path"], mount["type"]) for mount in state["mounts"]] == [TRACEFS]
    assert [Path(link["path"]).name for link in state["links"]] == ["build", "source"]
    assert [Path(folder).name for folder in state["directories"]] == [KERNEL]
    assert state["boot_id"] == Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def test_a_second_provisioning_changes_nothing(story: dict[str, Snapshot]) -> None:
    first, second = story["provisioned"], story["again"]
    assert first.outcome.changed > 0
    assert second.outcome.changed == 0, second.outcome.output
    assert (second.mounts, second.files, second.state) == (first.mounts, first.files, first.state)


def test_restoring_undoes_what_was_made_and_nothing_else(story: dict[str, Snapshot]) -> None:
    step = story["restored"]
    assert TRACEFS not in step.mounts
    assert BPFFS in step.mounts
    assert not any(KERNEL in path or "state" in path for path in step.files)


def test_a_second_restoring_changes_nothing(story: dict[str, Snapshot]) -> None:
    assert story["restored again"].outcome.changed == 0


def test_restoring_leaves_what_has_become_somebody_elses(
    place: Place, story: dict[str, Snapshot]
) -> None:
    """A mount of this boot listed by a file of another boot, and a link that leads elsewhere."""
    link = place.folder / "modules" / "other" / "build"
    link.parent.mkdir()
    link.symlink_to("/somewhere/else")
    state = place.folder / "state/provisioned.json"
    state.parent.mkdir()
    state.write_text(
        json.dumps(
            {
                "format": 1,
                "boot_id": "another",
                "directories": [str(link.parent)],
                "links": [{"path": str(link), "target": "/usr/src"}],
                "mounts": [{"path": BPFFS[0], "type": BPFFS[1]}],
                "sysctls": [],
            }
        )
    )
    step = place.play(RESTORE)
    assert step.outcome.returncode == 0, step.outcome.output
    assert BPFFS in step.mounts
    assert link.is_symlink()
    assert not state.exists()
    shutil.rmtree(link.parent)


def test_a_kernel_setting_is_set_and_put_back(provisioned: None, tmp_path: Path) -> None:
    """Tried with a setting that every network namespace has for itself."""
    known = "net.ipv4.ip_default_ttl"

    with namespace("--net") as space:
        was = space.run("sysctl", "-n", known).strip()
        wanted = str(int(was) + 1)
        variables = {
            "host_state_path": str(tmp_path / "state"),
            "host_mounts": [],
            "host_sysctls": {known: wanted, "net.no_such_setting": "1"},
        }
        first = play(PROVISION, inside=space, **variables)
        assert first.returncode == 0, first.output
        assert "no setting net.no_such_setting" in first.words
        assert space.run("sysctl", "-n", known).strip() == wanted
        state = json.loads((tmp_path / "state/provisioned.json").read_text())
        assert state["sysctls"] == [{"name": known, "was": was}]

        assert play(PROVISION, inside=space, **variables).changed == 0
        assert play(RESTORE, inside=space, **variables).returncode == 0
        assert space.run("sysctl", "-n", known).strip() == was


def test_what_was_made_is_undone_where_provisioning_fails_halfway(
    provisioned: None, tmp_path: Path
) -> None:
    """The mount comes before the kernel setting, whose value the kernel refuses."""
    with namespace("--net") as space:
        while TRACEFS in space.mounts():
            space.run("umount", TRACEFS[0])
        outcome = play(
            PROVISION,
            inside=space,
            host_state_path=str(tmp_path / "state"),
            host_sysctls={"net.ipv4.ip_default_ttl": "70000"},
        )
        assert outcome.returncode != 0
        assert "Mount the file system" in outcome.output
        assert "provisioning: Set the value:" in outcome.words
        assert TRACEFS not in space.mounts()
        assert not (tmp_path / "state").exists()


def test_what_cannot_be_undone_keeps_nothing_else_from_being_undone(
    provisioned: None, tmp_path: Path
) -> None:
    """A file system in use stays mounted, until a second restore; kernel settings are back."""
    known = "net.ipv4.ip_default_ttl"
    with namespace("--net") as space:
        was = space.run("sysctl", "-n", known).strip()
        while TRACEFS in space.mounts():
            space.run("umount", TRACEFS[0])
        variables = {
            "host_state_path": str(tmp_path / "state"),
            "host_sysctls": {known: str(int(was) + 1)},
        }
        assert play(PROVISION, inside=space, **variables).returncode == 0
        in_use = [
            "python3",
            "-c",
            "import os; os.chdir('/sys/kernel/tracing'); print(flush=True); input()",
        ]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        with subprocess.Popen([*space.enter, *in_use], **pipes) as user:
            user.stdout.readline()
            first = play(RESTORE, inside=space, **variables)
            user.communicate(b"\n")
        assert first.returncode != 0
        assert "Unmount what was mounted" in first.words and "busy" in first.words
        assert space.run("sysctl", "-n", known).strip() == was
        assert (tmp_path / "state/provisioned.json").exists()
        second = play(RESTORE, inside=space, **variables)
        assert second.returncode == 0, second.output
        assert TRACEFS not in space.mounts() and not (tmp_path / "state").exists()


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"__host_uid": 1000}, "must run as root, not as uid 1000"),
        (
            {"__host_distribution": "Fedora", "__host_distribution_version": "40"},
            "This host is Fedora 40, which nobody has tried; tried are Debian 12 and Debian 13.",
        ),
        ({"__host_distribution_version": "11"}, "This host is Debian 11, which nobody has tried"),
        ({"__host_btf": "/proc/nothing"}, "built without CONFIG_DEBUG_INFO_BTF"),
    ],
    ids=["user", "distribution", "release", "kernel"],
)
def test_refuses_a_host_that_cannot_do(variables: dict, message: str) -> None:
    outcome = play(PROVISION, **variables)
    assert outcome.returncode != 0
    assert message in outcome.words
    assert outcome.changed == 0


def test_this_host_is_provisioned(provisioned: None) -> None:
    outcome = play(PROVISION, host_dev=True)
    assert outcome.returncode == 0, outcome.output
    assert outcome.changed == 0, outcome.output
    mounts = {tuple(line.split()[1:3]) for line in Path("/proc/mounts").read_text().splitlines()}
    assert {TRACEFS, BPFFS} <= mounts
    for name in ("build", "source"):
        assert (Path("/lib/modules") / KERNEL / name).is_dir()
    for tool in ("bpftool", "bpftrace", "clang", "clang-format", "ip", "shellcheck"):
        assert shutil.which(tool), tool
