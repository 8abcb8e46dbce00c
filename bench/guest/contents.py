"""What a kernel's file and its modules say of it before it is booted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.errors import UsageError

_HEAD = 0x210
_X86, _ARM64, _ZBOOT = (0x202, b"HdrS"), (56, b"ARM\x64"), (4, b"zimg")
"""Marks of kernels: Documentation/arch/x86/boot.rst, arm64/booting.rst, EFI zboot images."""
_MACHINES = {"amd64": _X86, "arm64": _ARM64}


@dataclass(frozen=True, slots=True)
class Needs:
    """Parts of a kernel, by their options and by the modules that they may be."""

    options: tuple[str, ...]
    modules: tuple[str, ...]


FILES_BY_9P = Needs(("NET_9P_VIRTIO", "9P_FS"), ("9pnet_virtio.ko", "9p.ko"))
"""By which a guest sees the host's files."""
FILES_BY_DISK = Needs(
    ("VIRTIO_PCI", "VIRTIO_BLK", "EXT4_FS"), ("virtio_pci.ko", "virtio_blk.ko", "ext4.ko")
)
"""By which a guest has files of its own."""


def check_kernel(path: Path, arch: str) -> None:
    """Whether the file is a kernel that this machine can boot.

    Raises:
        UsageError: It is none, or one of another architecture.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    of = [name for name, mark in _MACHINES.items() if _has(head, mark)]
    if arch in of or (arch == "arm64" and _has(head, _ZBOOT)):
        return
    if of or _has(head, _ZBOOT):
        what = f"{path} is a kernel for {of[0] if of else 'another architecture'}"
        raise UsageError(f"{what}, this machine is {arch}", remedy=f"Give a kernel for {arch}")
    raise UsageError(
        f"{path} is no kernel", remedy="Give a bzImage, as in arch/x86/boot of a build tree"
    )


def _has(head: bytes, mark: tuple[int, bytes]) -> bool:
    place, word = mark
    return head[place : place + len(word)] == word


def lacking(kernel: Path, needs: Needs) -> str:
    """What the kernel has neither built in nor as a module; empty if it has, or may have, all.

    Its configuration decides, where there is one beside it, or else what modules it has.
    """
    config = next(_configs(kernel), None)
    if config is not None:
        text = config.read_text(errors="replace")
        off = [
            f"CONFIG_{option}"
            for option in needs.options
            if not re.search(rf"^CONFIG_{option}=[ym]$", text, re.M)
        ]
        return " and ".join(off)
    lists = [path for folder in module_folders(kernel) for path in folder.glob("modules.*")]
    text = "".join(
        path.read_text(errors="replace")
        for path in lists
        if path.name in ("modules.builtin", "modules.order")
    )
    return " and ".join(module for module in needs.modules if text and f"/{module}" not in text)


def _release(kernel: Path) -> str:
    return kernel.name.partition("-")[2]


def _configs(kernel: Path) -> Iterator[Path]:
    beside = kernel.with_name(f"config-{_release(kernel)}")
    within = [folder / "config" for folder in module_folders(kernel)]
    tree = [parent / ".config" for parent in kernel.parents[3:4] if kernel.parent.name == "boot"]
    yield from (path for path in (beside, *within, *tree) if path.is_file())


def module_folders(kernel: Path) -> Iterator[Path]:
    """Of an installed kernel: ``lib/modules/RELEASE`` of the folder above its own."""
    if _release(kernel):
        yield kernel.resolve().parent
        yield kernel.parents[1] / "lib" / "modules" / _release(kernel)
