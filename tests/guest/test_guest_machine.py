"""Guests that answer, crash and hang."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.guest import exchange, virtual
from bench.guest.exchange import Step
from bench.guest.images import Image
from bench.guest.machine import Guest
from tests.waiting import wait_until

Kernel = Callable[[str], Image]
BOOT_S = 120.0

# The NMI count of the kernel itself says whether one came; then the guest's kernel crashes.
NMI_THEN_CRASH = """
nmis() { awk '/NMI:/ { for (i = 2; i <= 3; i++) sum += $i; print sum }' /proc/interrupts; }
before=$(nmis)
echo ready
for i in $(seq 300); do
    [ "$(nmis)" -gt "$before" ] && echo "an NMI came" && break
    sleep 0.1
done
sync
echo c > /proc/sysrq-trigger
"""


def test_what_decides_about_kvm_ends_where_instructions_are_executed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Emulation executes the same machine code, so that this holds with and without KVM."""
    monkeypatch.setattr(virtual, "QEMU", ("qemu-system-x86_64", "-accel", "tcg"))
    monkeypatch.setattr(virtual, "PROBE_S", BOOT_S)
    assert virtual._executes.__wrapped__()


@pytest.fixture
def guest(kernel: Kernel, shared: Path) -> Guest:
    return Guest(kernel("debian:6.12"), shared)


def assert_nothing_left(pid: int, scratch: Path) -> None:
    listed = subprocess.run(
        ["ps", "-o", "stat=,args=", "-g", str(pid)], capture_output=True, text=True, check=False
    )
    # Whether zombies are reaped is up to the host's init.
    assert [line for line in listed.stdout.splitlines() if not line.startswith("Z")] == []
    assert not scratch.exists()


def console_end(guest: Guest) -> str:
    return (guest.shared / exchange.CONSOLE).read_text(errors="replace")[-2000:]


def started(guest: Guest, *argv: str) -> tuple[int, Path]:
    guest.start(argv)
    assert guest._process is not None and guest._scratch is not None
    return guest._process.pid, guest._scratch


def test_an_nmi_arrives_and_a_crash_names_kernel_step_and_reason(guest: Guest) -> None:
    with guest, pytest.raises(BenchError) as caught:
        pid, scratch = started(guest, "bash", "-c", NMI_THEN_CRASH)
        stdout = guest.shared / exchange.STDOUT
        guest.wait(nmi_when=lambda: stdout.exists() and "ready" in stdout.read_text())
    assert "an NMI came" in (guest.shared / exchange.STDOUT).read_text()
    assert "debian:6.12" in caught.value.problem and "at step command" in caught.value.problem
    assert "Kernel panic" in caught.value.problem
    assert "Kernel panic" in caught.value.detail
    assert_nothing_left(pid, scratch)


def test_a_hang_is_ended_and_named(guest: Guest) -> None:
    with guest:
        pid, scratch = started(guest, "sleep", "3600")
        wait_until(
            "the guest's command",
            lambda: (exchange.read_step(guest.shared), console_end(guest)),
            lambda seen: seen[0] is Step.COMMAND,
            seconds=BOOT_S,
        )
        time.sleep(0.5)
        with pytest.raises(BenchError, match=r"did not end within 1 s, at step command") as caught:
            guest.wait(timeout_s=1)
        assert caught.value.detail, "the console's last lines"
    assert_nothing_left(pid, scratch)


def test_a_kernel_that_cannot_boot_is_named(kernel: Kernel, shared: Path) -> None:
    file = shared / "vmlinuz-none"
    file.write_bytes(b"not a kernel" * 1000)
    with (
        Guest(Image("mine", str(file), file), shared) as guest,
        pytest.raises(BenchError, match=r"mine .* at step boot"),
    ):
        guest.start(["true"])
        guest.wait(timeout_s=30)
