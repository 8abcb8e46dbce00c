from __future__ import annotations

from pathlib import Path

import pytest

from bench.errors import UsageError
from bench.guest.contents import FILES_BY_9P, FILES_BY_DISK, check_kernel, lacking

X86 = bytes(0x202) + b"HdrS" + bytes(64)
ARM64 = bytes(56) + b"ARM\x64" + bytes(1024)
ZBOOT = b"MZ\0\0zimg" + bytes(1024)


def kernel(folder: Path, content: bytes = X86, release: str = "7.3-test") -> Path:
    file = folder / "boot" / f"vmlinuz-{release}"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)
    return file


@pytest.mark.parametrize(("content", "arch"), [(X86, "amd64"), (ARM64, "arm64"), (ZBOOT, "arm64")])
def test_a_kernel_of_this_machine(tmp_path: Path, content: bytes, arch: str) -> None:
    check_kernel(kernel(tmp_path, content), arch)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (ARM64, "is a kernel for arm64, this machine is amd64"),
        (ZBOOT, "is a kernel for another architecture"),
        (b"#!/bin/sh\n", "is no kernel"),
        (b"", "is no kernel"),
        (b"\x7fELF" + bytes(4096), "is no kernel"),
    ],
)
def test_what_this_machine_cannot_boot(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        check_kernel(kernel(tmp_path, content), "amd64")


def test_the_configuration_beside_a_kernel_decides(tmp_path: Path) -> None:
    file = kernel(tmp_path)
    assert lacking(file, FILES_BY_9P) == "", "nothing is known of it: it may have it"
    config = file.with_name("config-7.3-test")
    config.write_text("CONFIG_NET_9P_VIRTIO=m\n# CONFIG_9P_FS is not set\n")
    assert "CONFIG_9P_FS" == lacking(file, FILES_BY_9P)
    config.write_text("CONFIG_NET_9P_VIRTIO=m\nCONFIG_9P_FS=y\n")
    assert lacking(file, FILES_BY_9P) == ""


def test_without_a_configuration_its_modules_decide(tmp_path: Path) -> None:
    file = kernel(tmp_path)
    modules = tmp_path / "lib/modules/7.3-test"
    modules.mkdir(parents=True)
    (modules / "modules.order").write_text("kernel/fs/ext4/ext4.ko\n")
    assert "9pnet_virtio.ko and 9p.ko" == lacking(file, FILES_BY_9P)
    (modules / "modules.order").write_text("kernel/net/9p/9pnet_virtio.ko\n")
    (modules / "modules.builtin").write_text("kernel/fs/9p/9p.ko\n")
    assert lacking(file, FILES_BY_9P) == ""


def test_a_build_tree_has_its_configuration(tmp_path: Path) -> None:
    file = tmp_path / "arch/x86/boot/bzImage"
    file.parent.mkdir(parents=True)
    file.write_bytes(X86)
    (tmp_path / ".config").write_text("CONFIG_NET_9P_VIRTIO=y\n")
    assert "CONFIG_9P_FS" == lacking(file, FILES_BY_9P)


def test_a_cloud_kernel_has_disks_and_no_9p(tmp_path: Path) -> None:
    file = kernel(tmp_path)
    text = (
        "# CONFIG_NET_9P is not set\nCONFIG_VIRTIO_BLK=m\nCONFIG_VIRTIO_PCI=y\nCONFIG_EXT4_FS=y\n"
    )
    file.with_name("config-7.3-test").write_text(text)
    assert lacking(file, FILES_BY_9P) == "CONFIG_NET_9P_VIRTIO and CONFIG_9P_FS"
    assert lacking(file, FILES_BY_DISK) == ""
