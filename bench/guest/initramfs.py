"""The first files of a guest that has disks: what it needs to mount them. Pure, but for reading."""

from __future__ import annotations

import lzma
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from bench.guest import exchange
from bench.process import run

DISKS = ("virtio_pci", "virtio_blk", "ext4", "crc32c_generic")
"""Modules by which disks are mounted; those that a kernel has built in, or lacks, are left out."""
ROOT, WORK, MODULES = "/dev/vda", "/dev/vdb", "/dev/vdc"
SHARED = "bench_shared"
"""Parameter of the kernel with the shared folder; its init has it as a variable. As NAME."""
NAME = "bench_name"
PYTHON, CODE = "/usr/bin/python3", "/run/bench/code"
INIT = f"""#!/bin/busybox sh
fail() {{ echo "bench: cannot $1"; /bin/busybox poweroff -f; }}
/bin/busybox mkdir -p /proc /sys /dev /root
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc none /proc; mount -t sysfs none /sys; mount -t devtmpfs none /dev
for module in /modules/*; do insmod $module || echo "bench: cannot insert $module"; done
seen=0
until [ -b {WORK} ] || [ $seen = 300 ]; do sleep 0.1; seen=$((seen + 1)); done
mount -t ext4 {ROOT} /root || fail "mount the guest's files"
mount -t tmpfs none /root/run; mount -t tmpfs none /root/tmp
mkdir -p /root/run/bench "/root${SHARED}" /root/var/lock /root/root
mount -t ext4 -o commit=1 {WORK} /root/run/bench || fail "mount the folder shared with the host"
mount --bind /root/run/bench/shared "/root${SHARED}" || fail "bind the shared folder"
if [ -b {MODULES} ]; then
    mkdir -p /root/lib/modules
    mount -t ext4 -o ro {MODULES} /root/lib/modules || fail "mount the kernel's modules"
fi
mkdir -p /dev/shm /dev/pts
mount -t tmpfs none /dev/shm; mount -t devpts none /dev/pts
hostname "${NAME}"
for folder in proc sys dev; do mount --move /$folder /root/$folder; done
chroot /root /usr/bin/env {exchange.OWN_FILES}=1 PYTHONPATH={CODE}:/opt/bench \\
    {PYTHON} -m bench.guest.inside "${SHARED}"
sync
umount "/root${SHARED}" /root/run/bench
poweroff -f
"""
MODPROBE = """#!/bin/busybox sh
exec /bin/busybox chroot /root /sbin/modprobe "$@"
"""
"""What the kernel runs when it lacks a module: it looks among the first files, not the guest's."""


def initramfs(busybox: bytes, modules: Mapping[str, bytes]) -> bytes:
    """The archive: busybox, modules in their order, and what runs first."""
    return b"".join(_archive(busybox, modules))


def _archive(busybox: bytes, modules: Mapping[str, bytes]) -> Iterator[bytes]:
    folder, program, data = stat.S_IFDIR | 0o755, stat.S_IFREG | 0o755, stat.S_IFREG | 0o644
    for name in ("bin", "modules", "sbin"):
        yield _entry(name, folder)
    yield _entry("bin/busybox", program, busybox)
    for number, (name, content) in enumerate(modules.items()):
        yield _entry(f"modules/{number:03}-{name}.ko", data, content)
    yield _entry("init", program, INIT.encode())
    yield _entry("sbin/modprobe", program, MODPROBE.encode())
    yield _entry("TRAILER!!!", 0)


def _entry(name: str, mode: int, content: bytes = b"") -> bytes:
    """A file of an archive in cpio's format newc: Documentation/driver-api/early-userspace."""
    path = name.encode() + b"\0"
    fields = (0, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(path), 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + path
    return _padded(head) + _padded(content)


def _padded(text: bytes) -> bytes:
    return text + bytes(-len(text) % 4)


def in_order(dependencies: str, wanted: Iterable[str] = DISKS) -> list[str]:
    """Paths of modules and of what they depend on, each after that.

    Args:
        dependencies: ``modules.dep`` of a kernel.
        wanted: Names of modules.
    """
    needs = dict(line.split(":", 1) for line in dependencies.splitlines() if ":" in line)
    by_name = {module_name(path): path for path in needs}
    found: dict[str, None] = {}
    for path in (by_name[name] for name in wanted if name in by_name):
        # depmod names what a module needs from the nearest to the farthest.
        found |= dict.fromkeys((*reversed(needs[path].split()), path))
    return list(found)


def module_name(path: str) -> str:
    """Name of a module by its path."""
    return path.rpartition("/")[2].partition(".")[0].replace("-", "_")


def module(path: Path) -> bytes:
    """A module's content, which Debian's newer kernels compress."""
    if path.suffix == ".xz":
        return lzma.decompress(path.read_bytes())
    if path.suffix == ".zst":
        plain = path.with_suffix("")
        run(["zstd", "-q", "-d", "-f", path, "-o", plain])
        return plain.read_bytes()
    return path.read_bytes()
