"""Guests with disks of their own; a stand-in takes QEMU's place, the disks are real."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.guest import disk_image, exchange, inside, own_files, ways
from bench.guest.archive_root import Root
from bench.guest.host_files import HostFiles
from bench.guest.images import Image
from bench.guest.initramfs import in_order, initramfs
from bench.guest.kernel_files import KernelFiles
from bench.guest.machine import Guest
from bench.guest.own_files import OwnFiles
from bench.record import Virtual

NINE_P = "CONFIG_NET_9P_VIRTIO=m\nCONFIG_9P_FS=m\n"
DISK = "CONFIG_VIRTIO_PCI=y\nCONFIG_VIRTIO_BLK=m\nCONFIG_EXT4_FS=m\n"
ANSWER = '{"exit_code": 3, "release": "6.12.0", "error": ""}'
STAND_IN = f"""#!/bin/sh
echo "$@" > words
echo "bench: Waiting for an NMI."
disk=$(tr ' ' '\\n' < words | sed -n 's/^file=\\(.*work.ext4\\).*/\\1/p')
echo '{ANSWER}' > answer; debugfs -w -R "write answer /shared/answer.json" $disk
debugfs -R "cat /shared/request.json" $disk > seen
debugfs -R "ls -p /code/bench/guest" $disk > code
"""


def kernel(folder: Path, config: str, *, arch: str = "") -> Image:
    file = folder / "boot" / "vmlinuz-1"
    file.parent.mkdir(exist_ok=True)
    file.touch()
    file.with_name("config-1").write_text(config)
    return Image("mine", "linux-image-1", file, arch)


def test_what_a_kernel_has_decides_how_it_is_booted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ways, "here", lambda: "amd64")
    assert isinstance(ways.boot_of(kernel(tmp_path, NINE_P + DISK), print), HostFiles)
    assert isinstance(ways.boot_of(kernel(tmp_path, DISK), print), OwnFiles)
    foreign = kernel(tmp_path, NINE_P + DISK, arch="arm64")
    assert isinstance(ways.boot_of(foreign, print), OwnFiles)
    with pytest.raises(BenchError, match=r"no CONFIG_9P_FS either|CONFIG_EXT4_FS") as caught:
        ways.boot_of(kernel(tmp_path, "CONFIG_NET_9P_VIRTIO=y\nCONFIG_VIRTIO_BLK=m\n"), print)
    assert "CONFIG_VIRTIO_PCI and CONFIG_EXT4_FS" in caught.value.problem


def test_a_guest_gets_and_gives_its_files_by_a_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    qemu = tmp_path / "qemu-system-aarch64"
    qemu.write_text(STAND_IN)
    qemu.chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}:/usr/sbin")
    monkeypatch.setattr(own_files, "root", lambda arch, say: Root(tmp_path / "r", tmp_path / "b"))
    files = KernelFiles(tmp_path / "initramfs", tmp_path / "modules.ext4")
    monkeypatch.setattr(own_files, "kernel_files", lambda image, busybox: files)
    monkeypatch.setattr(own_files, "WORK_MIB", 64)
    shared = tmp_path / "shared"
    shared.mkdir()
    image = kernel(tmp_path, DISK, arch="arm64")
    with Guest(image, shared, boot=OwnFiles("arm64", print)) as guest:
        guest.start(["true"])
        result = guest.wait(60)
        assert "Waiting for an NMI" in guest.heard("limits.err")
    assert (result.exit_code, result.virtual) == (3, Virtual.EMULATED)
    words = (shared / "words").read_text()
    assert "-machine virt" in words and "console=ttyAMA0" in words and "accel kvm" not in words
    assert "kpti=off" in words, "each of its system calls would empty QEMU's translations"
    assert f"bench_shared={shared}" in words and "snapshot=on" in words
    assert '"argv": ["true"]' in (shared / "seen").read_text()
    assert "inside.py" in (shared / "code").read_text()


def test_a_guest_repeats_on_its_console_what_commands_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The host cannot see its files as yet, and an NMI is sent when a command waits for it."""
    monkeypatch.setenv(exchange.OWN_FILES, "1")
    script = "echo one > a.err; sleep 0.6; echo two >> a.err; echo no > a.out; sleep 0.6"
    exchange.write_request(tmp_path, ["sh", "-c", script], {})
    assert inside.execute(tmp_path) == 0
    assert capsys.readouterr().out == "one\ntwo\n"


def test_a_missing_emulator_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_files.shutil, "which", lambda *words, **more: None)
    monkeypatch.setattr(own_files.disk_image, "check_tools", lambda: None)
    with pytest.raises(BenchError, match="qemu-system-aarch64") as caught:
        OwnFiles("arm64", print).check()
    assert caught.value.remedy == "apt-get install qemu-system-arm"


def test_a_disk_gives_back_what_it_was_made_of(tmp_path: Path) -> None:
    files, back = tmp_path / "files", tmp_path / "back"
    (files / "shared" / "deep").mkdir(parents=True)
    back.mkdir()
    (files / "shared" / "deep" / "one").write_text("1")
    disk_image.make(files, tmp_path / "disk", 16)
    disk_image.read(tmp_path / "disk", "/shared", back)
    assert [str(path.relative_to(back)) for path in back.rglob("*")] == ["deep", "deep/one"]


def test_busybox_reads_the_archive_of_first_files(tmp_path: Path) -> None:
    made = initramfs(b"program", {"virtio_blk": b"odd", "ext4": b"content"})
    subprocess.run(["busybox", "cpio", "-id"], input=made, cwd=tmp_path, check=True)
    assert (tmp_path / "modules" / "000-virtio_blk.ko").read_bytes() == b"odd"
    assert (tmp_path / "modules" / "001-ext4.ko").read_bytes() == b"content"
    assert (tmp_path / "init").stat().st_mode & 0o111
    assert "bench.guest.inside" in (tmp_path / "init").read_text()
    for script in ("init", "sbin/modprobe"):
        subprocess.run(["sh", "-n", tmp_path / script], check=True)


def test_modules_come_after_what_they_need() -> None:
    dependencies = (
        "kernel/fs/ext4/ext4.ko.xz: kernel/fs/jbd2/jbd2.ko.xz kernel/lib/crc16.ko.xz\n"
        "kernel/fs/jbd2/jbd2.ko.xz:\nkernel/lib/crc16.ko.xz:\n"
        "kernel/drivers/block/virtio_blk.ko.xz: kernel/drivers/virtio/virtio.ko.xz\n"
        "kernel/drivers/virtio/virtio.ko.xz:\nkernel/other.ko.xz: kernel/lib/crc16.ko.xz\n"
    )
    names = [path.rpartition("/")[2] for path in in_order(dependencies)]
    assert names == ["virtio.ko.xz", "virtio_blk.ko.xz", "crc16.ko.xz", "jbd2.ko.xz", "ext4.ko.xz"]
