"""What the host does around a guest, without one: a stand-in takes virtme-ng's place."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.guest import console, exchange, host_files, machine, virtual
from bench.guest.console import console_lines
from bench.guest.images import Image
from bench.guest.machine import TIMEOUT_S, Guest, GuestResult
from bench.guest.virtual import virtualisation
from bench.host.emulated import SLOWER, VARIABLE, of_this_guest, patience
from bench.record import Virtual

IMAGE = Image("debian:6.1", "linux-image-6.1", Path("/boot/vmlinuz"))


@pytest.fixture(autouse=True)
def emulated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "virtualisation", lambda **_: Virtual.EMULATED)


def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Path:
    """A program in the place of vng; the shared folder."""
    tool = tmp_path / "vng"
    tool.write_text(f"#!/bin/sh\n{script}\n")
    tool.chmod(stat.S_IRWXU)
    monkeypatch.setattr(host_files, "vng", lambda: tool)
    shared = tmp_path / "shared"
    shared.mkdir()
    return shared


def run_true(shared: Path, *, timeout_s: float = TIMEOUT_S) -> GuestResult:
    with Guest(IMAGE, shared) as guest:
        guest.start(["true"])
        return guest.wait(timeout_s)


def test_a_good_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = '{"exit_code": 3, "release": "6.1.0", "error": ""}'
    shared = stand_in(tmp_path, monkeypatch, f"echo \"$@\"; echo '{answer}' > answer.json")
    result = run_true(shared)
    assert (result.exit_code, result.release, result.virtual) == (3, "6.1.0", Virtual.EMULATED)
    words = result.console.read_text()
    assert "--disable-kvm" in words and f"--rwdir {shared}" in words and "/boot/vmlinuz" in words


def test_kvm_is_used_where_it_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "virtualisation", lambda **_: Virtual.KVM)
    answer = '{"exit_code": 0, "release": "6.1.0", "error": ""}'
    shared = stand_in(tmp_path, monkeypatch, f"echo \"$@\"; echo '{answer}' > answer.json")
    result = run_true(shared)
    assert result.virtual is Virtual.KVM and "--disable-kvm" not in result.console.read_text()


def test_a_panic_is_quoted_with_what_led_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = "seq 100; echo '[ 1.0] Kernel panic - not syncing: no init'; seq 200 400; exit 255"
    shared = stand_in(tmp_path, monkeypatch, script)
    with pytest.raises(BenchError) as caught:
        run_true(shared)
    assert "debian:6.1 (linux-image-6.1)" in caught.value.problem
    assert "at step boot" in caught.value.problem and "no init" in caught.value.problem
    lines = caught.value.detail.splitlines()
    assert len(lines) == console.CONSOLE_LINES
    assert "100" in lines and "200" in lines and "400" not in lines


def test_a_guest_that_cannot_prepare_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = '{"exit_code": null, "release": "6.1.0", "error": "mount failed"}'
    script = f"printf prepare > step; echo '{answer}' > answer.json"
    shared = stand_in(tmp_path, monkeypatch, script)
    with pytest.raises(BenchError, match="mount failed, at step prepare"):
        run_true(shared)


def test_time_out_ends_children_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = "sleep 600 & echo $! > child; echo last words; wait"
    shared = stand_in(tmp_path, monkeypatch, script)
    with pytest.raises(BenchError, match=r"did not end within 0\.5 s") as caught:
        run_true(shared, timeout_s=0.5)
    assert "last words" in caught.value.detail
    child = int((shared / "child").read_text())
    try:
        state = Path(f"/proc/{child}/stat").read_text().rpartition(") ")[2][0]
    except FileNotFoundError:
        return
    assert state == "Z"


def test_an_interruption_ends_the_guest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = stand_in(tmp_path, monkeypatch, "sleep 600")
    with pytest.raises(KeyboardInterrupt), Guest(IMAGE, shared) as guest:
        guest.start(["true"])
        assert guest._process is not None
        process, scratch = guest._process, guest._scratch
        raise KeyboardInterrupt
    assert process.code == -9
    assert scratch is not None and not scratch.exists()


def test_no_monitor_no_nmi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = stand_in(tmp_path, monkeypatch, "sleep 600")
    with Guest(IMAGE, shared) as guest:
        guest.start(["true"])
        with pytest.raises(BenchError, match=r"debian:6\.1: no nmi"):
            guest.nmi()


def test_a_path_that_cannot_be_passed_on(tmp_path: Path) -> None:
    odd = tmp_path / "with blank"
    odd.mkdir()
    with pytest.raises(BenchError, match="with blank"):
        Guest(IMAGE, odd)


def test_console_without_control_characters(tmp_path: Path) -> None:
    log = tmp_path / "console"
    log.write_bytes(b"\x1b[2J\x1b[31mred\x1b[0m\r\nab\x07\xff\n\n")
    assert console_lines(log) == ["red", "ab"]
    assert console_lines(tmp_path / "none") == []


def test_missing_tools_are_named_with_their_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(virtual.shutil, "which", lambda *a, **k: None)
    with pytest.raises(BenchError, match="qemu-system-x86") as caught:
        virtual.vng()
    assert caught.value.remedy.startswith("apt-get install ")


def test_missing_virtme_ng_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    tools = virtual.DEBIAN_TOOLS
    monkeypatch.setattr(virtual.shutil, "which", lambda tool, **k: tool if tool in tools else None)
    with pytest.raises(BenchError, match="virtme-ng is not installed"):
        virtual.vng()


def test_without_the_device_guests_are_emulated(tmp_path: Path) -> None:
    assert virtualisation(tmp_path / "kvm") is Virtual.EMULATED


def test_another_architecture_never_counts_as_kvm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = tmp_path / "kvm"
    device.write_text("")
    monkeypatch.setattr(virtual, "_executes", lambda: True)
    assert virtualisation(device, machine=os.uname().machine) is Virtual.KVM
    assert virtualisation(device, machine="another") is Virtual.EMULATED


@pytest.mark.parametrize(
    ("does", "expected"),
    [
        ("exit 0", Virtual.KVM),
        ("exit 134", Virtual.EMULATED),
        # Whatever emulates each instruction takes minutes.
        ("exec sleep 60", Virtual.EMULATED),
    ],
)
def test_a_device_counts_only_if_qemu_can_use_it(
    does: str, expected: Virtual, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "sleep" in does:
        monkeypatch.setattr(virtual, "PROBE_S", 0.2)
    qemu = tmp_path / "qemu-system-x86_64"
    qemu.write_text(f"#!/bin/sh\n{does}\n")
    qemu.chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    device = tmp_path / "kvm"
    device.write_text("")
    virtual._executes.cache_clear()
    try:
        assert virtualisation(device) is expected
    finally:
        virtual._executes.cache_clear()


def test_an_nmi_is_sent_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = '{"exit_code": 0, "release": "6.1.0", "error": ""}'
    script = f"sleep 0.3; touch ready; sleep 0.6; echo '{answer}' > {exchange.ANSWER}"
    shared = stand_in(tmp_path, monkeypatch, script)
    sent: list[bool] = []
    monkeypatch.setattr(Guest, "nmi", lambda self: sent.append((shared / "ready").exists()))
    with Guest(IMAGE, shared) as guest:
        guest.start(["true"])
        guest.wait(nmi_when=(shared / "ready").exists)
    assert sent == [True]


def test_a_command_learns_how_its_guest_is_executed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = stand_in(tmp_path, monkeypatch, "sleep 600")
    with Guest(IMAGE, shared) as guest:
        guest.start(["true"])
    _, given = exchange.read_request(shared)
    monkeypatch.delenv(VARIABLE, raising=False)
    assert of_this_guest() is None and patience() == 1
    monkeypatch.setenv(VARIABLE, given[VARIABLE])
    assert of_this_guest() is Virtual.EMULATED and patience() == SLOWER


def test_the_guest_s_name_tells_its_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = '{"exit_code": 0, "release": "6.1.0", "error": ""}'
    shared = stand_in(tmp_path, monkeypatch, f"echo \"$@\"; echo '{answer}' > answer.json")
    with Guest(IMAGE, shared, parameters=["quiet"]) as guest:
        guest.start(["true"])
        words = guest.wait().console.read_text()
    assert "--name debian-6-1 " in words and "--append oops=panic --append quiet" in words


@pytest.mark.parametrize(
    ("virtual", "qemu", "alone"),
    [
        (Virtual.EMULATED, (), True),
        (Virtual.EMULATED, ("-icount", "shift=0"), False),
        (Virtual.KVM, (), False),
    ],
)
def test_an_emulated_guest_has_one_thread_for_all_its_cpus(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    virtual: Virtual,
    qemu: tuple[str, ...],
    alone: bool,
) -> None:
    shared = stand_in(tmp_path, monkeypatch, 'echo "$@" > words')
    monkeypatch.setattr(machine, "virtualisation", lambda **_: virtual)
    with Guest(IMAGE, shared, qemu=qemu) as guest:
        guest.start(["true"])
        assert guest._process is not None
        guest._process.wait(10)
    assert ("-accel tcg,thread=single" in (shared / "words").read_text()) is alone
