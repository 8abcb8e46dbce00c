"""What a kernel's file and its modules say of it before it is booted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from bench.errors import UsageError

_HEAD = 0x210
_X86, _ARM64, _ZBOOT = (0x202, b"HdrS"), (56, b"ARM\x64"), (4, b"zimg")
"""Marks of kernels: Documentation/arch/x86/boot.rst, arm64/booting.rst, EFI zboot images."""
_MACHINES = {"amd64": _X86, "arm64": _ARM64}
_OPTIONS = ("NET_9P_VIRTIO", "9P_FS")
_MODULES = ("9pnet_virtio.ko", "9p.ko")
MISSING_9P = (
    "guests get the host's files by 9p over virtio, and this kernel has neither {} built in nor as "
    "a module"
)


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


def lacks_9p(kernel: Path) -> str:
    """Why a guest of this kernel could not see the host's files; empty if it can, or may.

    Its configuration decides, where there is one beside it, or else what modules it has.
    """
    config = next(_configs(kernel), None)
    if config is not None:
        text = config.read_text(errors="replace")
        off = [
            option for option in _OPTIONS if not re.search(rf"^CONFIG_{option}=[ym]$", text, re.M)
        ]
        return MISSING_9P.format(" and ".join(f"CONFIG_{option}" for option in off)) if off else ""
    lists = [path for folder in _module_folders(kernel) for path in folder.glob("modules.*")]
    text = "".join(
        path.read_text(errors="replace")
        for path in lists
        if path.name in ("modules.builtin", "modules.order")
    )
    off = [module for module in _MODULES if text and f"/{module}" not in text]
    return MISSING_9P.format(" and ".join(off)) if off else ""


def _release(kernel: Path) -> str:
    return kernel.name.partition("-")[2]


def _configs(kernel: Path) -> Iterator[Path]:
    beside = kernel.with_name(f"config-{_release(kernel)}")
    within = [folder / "config" for folder in _module_folders(kernel)]
    tree = [parent / ".config" for parent in kernel.parents[3:4] if kernel.parent.name == "boot"]
    yield from (path for path in (beside, *within, *tree) if path.is_file())


def _module_folders(kernel: Path) -> Iterator[Path]:
    """Of an installed kernel: ``lib/modules/RELEASE`` of the folder above its own."""
    if _release(kernel):
        yield kernel.resolve().parent
        yield kernel.parents[1] / "lib" / "modules" / _release(kernel)
