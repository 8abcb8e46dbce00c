"""The role boots in its play: a host that is this machine by a stand-in of ssh, with stand-ins of
what reboots it, of its kernels, and of bench.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.playbooks.playing import REPOSITORY, Outcome
from tests.playbooks.typed import typed

PLAYBOOK = REPOSITORY / "playbooks/boots.yml"
SSH = """#!/bin/sh
# The command is the last word; what else ssh is told does not matter here.
for word; do command=$word; done
exec /bin/sh -c "$command"
"""
REBOOT = """#!/bin/sh
# Whatever was chosen runs from now on, under another boot id.
cp {there}/next {there}/kernel
boot=$(($(cat {there}/boot) + 1))
echo "$boot" >{there}/boot
cat {there}/kernel >>{there}/boots
"""
BENCH = """#!/bin/sh
echo "$(cat {there}/kernel): $*" >>{there}/calls
case "$*" in
*--resume*) path=$3 finished='"2026-01-01T00:00:00Z"' ;;
*) path=$5/run-$(cat {there}/boot) finished='"2026-01-01T00:00:00Z"' ;;
esac
count=$(wc -l <{there}/calls)
[ "$count" -ne "$(cat {there}/fails)" ] || finished=null
mkdir -p "$path"
boot=$(cat {there}/boot)
printf '{{\\n  "boot_id": "%s",\\n  "finished": %s\\n}}\\n' "$boot" "$finished" >"$path/run.json"
cp {there}/kernel "$path/trials.jsonl"
[ "$finished" != null ] || exit 3
"""
COMPARE = """#!/bin/sh
printf '%s\\n' "$@" >{there}/compared
echo the answer
exit $(cat {there}/code)
"""


@dataclass(frozen=True, slots=True)
class Host:
    """A host that is rebooted, as files."""

    there: Path

    def write(self, name: str, text: str) -> None:
        (self.there / name).write_text(f"{text}\n")

    def lines(self, name: str) -> list[str]:
        path = self.there / name
        return path.read_text().split("\n")[:-1] if path.exists() else []

    def script(self, name: str, text: str) -> str:
        path = self.there / name
        path.write_text(text.format(there=self.there) if name != "ssh" else text)
        path.chmod(0o755)
        return str(path)

    def play(self, **more: Any) -> Outcome:
        """The playbook, with what a user says of it."""
        variables = {
            "boots_variants": [self.variant("old"), self.variant("new")],
            "boots_pairs": 2,
            "boots_provision": False,
            "boots_settle_seconds": 0,
            "boots_reboot_command": self.script("reboot", REBOOT),
            "boots_boot_id_command": f"cat {self.there}/boot",
            "boots_bench_command": self.script("bench", BENCH),
            "boots_compare_command": self.script("compare", COMPARE),
            "boots_results_path": str(self.there / "results"),
            "boots_fetch_path": str(self.there / "fetched"),
        }
        inventory = {
            "sut": {
                "hosts": {"machine": None},
                "vars": {
                    "ansible_ssh_executable": self.script("ssh", SSH),
                    "ansible_ssh_args": "",
                    "ansible_ssh_transfer_method": "piped",
                    "ansible_python_interpreter": "/usr/bin/python3",
                    "ansible_remote_tmp": str(self.there / "ansible"),
                },
            }
        }
        self.write("hosts.yml", yaml.safe_dump(inventory))
        words = ["-i", self.there / "hosts.yml", PLAYBOOK]
        return typed(*words, "--extra-vars", json.dumps(variables | more), folder=self.there)

    def variant(self, name: str) -> dict[str, Any]:
        return {
            "name": name,
            "command": ["/bin/sh", "-c", f"echo {name} >{self.there}/next"],
            "verify": ["grep", "-qx", name, str(self.there / "kernel")],
        }


@pytest.fixture
def host(tmp_path: Path) -> Host:
    found = Host(tmp_path)
    for name, text in (("kernel", "old"), ("boot", "100"), ("fails", "0"), ("code", "0")):
        found.write(name, text)
    return found


def kernels(host: Host) -> list[str]:
    """The kernel of each call of bench run."""
    return [line.split(":")[0] for line in host.lines("calls")]


def test_pairs_alternate_and_all_boots_are_compared(host: Host) -> None:
    outcome = host.play()
    assert outcome.returncode == 0, outcome.output
    assert host.lines("boots") == ["old", "new", "new", "old"] == kernels(host)
    assert "the answer" in outcome.output
    compared = " ".join(host.lines("compared"))
    here = host.there / "fetched/boots/machine"
    assert compared == (
        f"compare --across kernel --base {here}/old/01/run-101 --base {here}/old/02/run-104 "
        f"--new {here}/new/01/run-102 --new {here}/new/02/run-103"
    )
    assert (here / "new/02/run-103/trials.jsonl").read_text() == "new\n"


def test_all_boots_have_the_warm_up_of_the_first(host: Host) -> None:
    assert host.play(boots_pairs=1).returncode == 0
    folder = host.there / "results/boots"
    assert all(f"--warmup-of {folder}/old" in line for line in host.lines("calls"))


def test_a_play_that_ended_is_continued_in_the_same_boot(host: Host) -> None:
    host.write("fails", "3")
    assert host.play().returncode != 0
    assert host.lines("boots") == ["old", "new", "new"]
    outcome = host.play()
    assert outcome.returncode == 0, outcome.output
    assert host.lines("boots") == ["old", "new", "new", "old"], "finished boots are not repeated"
    assert kernels(host) == ["old", "new", "new", "new", "old"]
    (resumed,) = [line for line in host.lines("calls") if "--resume" in line]
    assert resumed.endswith("results/boots/new/02/run-103")


def test_a_run_of_a_boot_that_is_over_is_made_anew(host: Host) -> None:
    host.write("fails", "2")
    assert host.play().returncode != 0
    host.write("boot", "500")
    outcome = host.play()
    assert outcome.returncode == 0, outcome.output
    assert host.lines("boots") == ["old", "new", "new", "new", "old"]
    assert "run-102" not in " ".join(host.lines("compared"))


def test_what_is_worse_fails_the_play_after_the_answer_was_shown(host: Host) -> None:
    host.write("code", "1")
    outcome = host.play(boots_pairs=1)
    assert outcome.returncode != 0 and "the answer" in outcome.output
    assert "new against old: bench compare ended with exit code 1 (it is worse)" in outcome.words


def test_another_kernel_than_was_chosen_is_not_measured(host: Host) -> None:
    broken = host.variant("old") | {"command": ["true"]}
    host.write("next", "something else")
    outcome = host.play(boots_variants=[broken, host.variant("new")])
    assert outcome.returncode != 0 and host.lines("calls") == []


def test_one_variant_is_refused_before_a_host_is_touched(host: Host) -> None:
    outcome = host.play(boots_variants=[host.variant("old")])
    assert outcome.returncode != 0 and "it must be two with different names" in outcome.words
    assert host.lines("boots") == []
