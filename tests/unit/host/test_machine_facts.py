from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.host.machine_facts import (
    MACHINE_FACTS,
    container,
    machine_id_hash,
    machine_type,
    memory_mib,
    os_release,
    virtual_machine,
)

Tree = Callable[[dict[str, str]], Path]
IDENTITY = "3d1219c7c4c5404aaa1f6d2a48adfda4"


def test_memory(tree: Tree) -> None:
    assert memory_mib(tree({"proc/meminfo": "MemTotal:       24684084 kB\n"})) == 24105
    assert memory_mib(tree({"proc/meminfo": "MemFree: 1 kB\n"})) is None


def test_machine_type(tree: Tree) -> None:
    folder = "sys/class/dmi/id"
    assert machine_type(tree({})) is None
    root = tree({f"{folder}/sys_vendor": "QEMU\n", f"{folder}/product_name": "Standard PC\n"})
    assert machine_type(root) == "QEMU Standard PC"


def test_the_machine_id_is_not_revealed(tree: Tree) -> None:
    shown = machine_id_hash(tree({"etc/machine-id": f"{IDENTITY}\n"}))
    assert shown is not None
    assert len(shown) == 16
    assert shown not in IDENTITY


def test_no_machine_id(tree: Tree) -> None:
    assert machine_id_hash(tree({"etc/machine-id": ""})) is None


def test_a_folder_is_not_asked_for_its_hypervisor(tree: Tree) -> None:
    assert virtual_machine(tree({})) is None
    assert container(tree({})) is None


OS_RELEASE = """PRETTY_NAME="Debian GNU/Linux 13 (trixie)"
NAME="Debian GNU/Linux"
VERSION_ID="13"
# ID=comment
ID=debian
BROKEN="no end
"""


@pytest.mark.parametrize("place", ["etc/os-release", "usr/lib/os-release"])
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("ID", "debian"),
        ("VERSION_ID", "13"),
        ("PRETTY_NAME", "Debian GNU/Linux 13 (trixie)"),
        ("VARIANT", None),
        ("BROKEN", '"no end'),
    ],
)
def test_the_distribution_names_itself(place: str, key: str, value: str | None, tree: Tree) -> None:
    assert os_release(key)(tree({place: OS_RELEASE})) == value


def test_the_distribution_is_recorded() -> None:
    words = {fact.name: fact.read(Path("/")) for fact in MACHINE_FACTS}
    script = '. /etc/os-release; echo "$ID"; echo "$VERSION_ID"; echo "$PRETTY_NAME"'
    shell = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    told = [words["os_id"], words["os_version"] or "", words["os_name"]]
    assert told == shell.stdout.splitlines()
