"""Scheduling of guests and their failures; a stand-in takes virtme-ng's place."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.guest import host_files, machine
from bench.guest.images import Image
from bench.libbpf import compiler
from bench.matrix import guests
from bench.matrix.commands import Command, parse
from bench.matrix.guests import Size, run_guests
from bench.record import Virtual

KERNELS = [Image(name, f"linux-image-{name}", Path(f"/boot/{name}")) for name in ("a", "b", "c")]
ANSWER = '{"exit_code": 0, "release": "6.12.0", "error": ""}'
GOOD = f"""printf command > step; echo '{json.dumps({"rows": []})}' > limits.out
: > limits.err; echo 0 > limits.code; echo '{ANSWER}' > answer.json"""
StandIn = Callable[[str], Path]


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """A program in the place of vng; the folder for guests."""

    def make(script: str) -> Path:
        tool = tmp_path / "vng"
        tool.write_text(f"#!/bin/sh\n{script}\n")
        tool.chmod(stat.S_IRWXU)
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        monkeypatch.setattr(host_files, "vng", lambda: tool)
        monkeypatch.setattr(machine, "virtualisation", lambda **_: Virtual.EMULATED)
        monkeypatch.setattr(guests, "pass_on", lambda folder, arch: {"OBJECTS": str(folder)})
        folder = tmp_path / "guests"
        folder.mkdir()
        return folder

    return make


def due(images: list[Image]) -> list[tuple[Image, tuple[Command, ...]]]:
    return [(image, parse([])) for image in images]


def size(timeout_s: float = 30.0) -> Size:
    return Size(cpus=2, memory_mib=512, timeout_s=timeout_s)


@pytest.mark.parametrize("at_a_time", [1, 2, 3])
def test_no_more_guests_than_permitted_run_at_a_time(at_a_time: int, stand_in: StandIn) -> None:
    folder = stand_in(
        f"ls -d ../guest-*/running | wc -l >> ../most; touch running; sleep 0.4\n"
        f"ls -d ../guest-*/running | wc -l >> ../most; rm running\n{GOOD}"
    )
    heard = run_guests(due(KERNELS), folder, size=size(), at_a_time=at_a_time, say=print)
    told = {image.name: found for image, _, found in heard}
    assert set(told) == {"a", "b", "c"}
    assert all(found.failure is None and found.release == "6.12.0" for found in told.values())
    assert max(map(int, (folder / "most").read_text().split())) <= at_a_time


def test_a_hang_is_named_with_the_command_and_its_console_is_kept(stand_in: StandIn) -> None:
    folder = stand_in("printf command > step; echo last words; sleep 60")
    [(_, _, told)] = run_guests(due(KERNELS[:1]), folder, size=size(0.5), at_a_time=1, say=print)
    assert told.failure is not None
    assert "guest a (linux-image-a) did not end within 0.5 s" in told.failure.problem
    assert told.failure.problem.endswith("it was at: bench limits")
    assert "last words" in told.failure.detail
    kept = compiler.cache_dir() / guests.CONSOLES / "a.log"
    assert str(kept) in told.failure.remedy and "last words" in kept.read_text()


def test_one_that_fails_does_not_stop_the_others(stand_in: StandIn) -> None:
    folder = stand_in(
        f"case $PWD in *guest-0) echo 'Kernel panic - not syncing'; exit 1;; esac\n{GOOD}"
    )
    heard = run_guests(due(KERNELS[:2]), folder, size=size(), at_a_time=1, say=print)
    told = {image.name: found.failure for image, _, found in heard}
    assert told["a"] is not None and "Kernel panic" in told["a"].problem
    assert told["b"] is None


def test_an_nmi_is_sent_when_the_program_waits_and_once(
    stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(machine.Guest, "nmi", lambda self: sent.append(self.image.name))
    folder = stand_in(
        f"echo 'Waiting for an NMI.' > limits.err; sleep 0.6\n{GOOD.replace(': > limits.err;', '')}"
    )
    heard = run_guests(due(KERNELS[:2]), folder, size=size(), at_a_time=1, say=print)
    assert [found.failure for _, _, found in heard] == [None, None]
    assert sent == ["a", "b"]


def test_an_interruption_leaves_no_guest(stand_in: StandIn) -> None:
    folder = stand_in("echo $$ > pid; exec sleep 60")

    def interrupt(text: str) -> None:
        if text.startswith("b"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(run_guests(due(KERNELS[:2]), folder, size=size(), at_a_time=2, say=interrupt))
    pid = folder / "guest-0" / "pid"
    # It may have been ended before it could write its number.
    if pid.exists() and (number := pid.read_text().strip()):
        state = Path(f"/proc/{number}/stat")
        assert not state.exists() or state.read_text().rpartition(") ")[2].startswith("Z")


def test_a_kernel_without_9p_is_named_and_not_booted(
    stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = stand_in(GOOD)
    monkeypatch.setattr(guests, "virtualisation", lambda **_: Virtual.EMULATED)
    kernel = tmp_path / "boot" / "vmlinuz-1"
    kernel.parent.mkdir()
    kernel.with_name("config-1").write_text("CONFIG_NET=y\n")
    jobs = due([Image("cloud", "linux-image-cloud", kernel), KERNELS[0]])
    told = {
        image.name: found
        for image, _, found in run_guests(jobs, folder, size=size(), at_a_time=1, say=print)
    }
    assert told["a"].failure is None, "the others go on"
    failure = told["cloud"].failure
    assert failure and "cannot be made" in failure.problem and "CONFIG_9P_FS" in failure.problem
    assert told["cloud"].release == "" and not (folder / "guest-0").exists()
