"""Kernels to boot: Debian's, fetched by apt into a cache, a file, or a build tree."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from pathlib import Path

from bench.errors import UsageError, explained, quoted
from bench.guest.apt import Say
from bench.guest.architecture import KNOWN, here, machine_of
from bench.guest.contents import check_kernel
from bench.guest.fetching import debian
from bench.guest.packages import EXAMPLES, Wanted
from bench.guest.virtual import vng

DEBIAN = "debian:"
BUILT = ("arch/x86/boot/bzImage", "arch/arm64/boot/Image")
"""Where a build leaves the kernel, by architecture."""
_NAMED = re.compile(r"(?P<name>[A-Za-z0-9][\w.+-]*)=(?P<kernel>.+)")


@dataclass(frozen=True, slots=True)
class Image:
    """A kernel that can be booted.

    Attributes:
        name: As it was asked for.
        source: Debian package and its version, or the path.
        kernel: The kernel's file. Its modules, if any, lie in ``lib/modules`` of the folder above
            its own, as in a Debian package, or within the build tree that the kernel lies in.
        arch: Debian's name of its architecture; empty = this machine's.
    """

    name: str
    source: str
    kernel: Path
    arch: str = ""

    @property
    def machine(self) -> str:
        """The kernel's name of its architecture."""
        return machine_of(self.arch)

    @property
    def identity(self) -> str:
        """What tells the kernel from every other: package and version, or the file's digest."""
        if self.source != str(self.kernel):
            return self.source
        return hashlib.sha256(self.kernel.read_bytes()).hexdigest()


def image(name: str, say: Say, *, foreign: bool = False) -> Image:
    """The image of that name; a Debian kernel is fetched if the cache has not got it.

    Args:
        name: ``debian:VERSION``, ``debian:VERSION-rt``, the path of a bzImage or of a build tree;
            before it a short name and ``=``, behind one of Debian ``/ARCH``, if wanted.
        say: Is told what takes long.
        foreign: Whether it may be of another architecture than this machine's.

    Raises:
        UsageError: Neither.
        BenchError: Debian has no such kernel, it cannot be fetched, or there can be no guests.
    """
    named = _NAMED.fullmatch(name)
    if named and not Path(name).exists():
        return replace(image(named["kernel"], say, foreign=foreign), name=named["name"])
    if name.startswith(DEBIAN):
        asked, _, arch = name.partition("/")
        wanted, arch = Wanted.parse(asked), _architecture(name, arch, foreign=foreign)
        vng()  # Before anything is fetched for a guest that cannot be.
        source, kernel = debian(wanted, arch or here(), say)
        return Image(name, source, kernel, arch)
    path = Path(name)
    if name and path.is_dir():
        return _built(name, path.resolve())
    if not path.is_file():
        remedy = f"Write it like {EXAMPLES}, or give the path of a bzImage or of a build tree"
        raise UsageError(f"no kernel {quoted(name)}", remedy=remedy)
    return _file(name, path.resolve())


def _built(name: str, tree: Path) -> Image:
    found = [tree / file for file in BUILT if (tree / file).is_file()]
    if not found:
        raise UsageError(
            f"the folder {tree} is no kernel's build tree: it has none of {', '.join(BUILT)}",
            remedy="Build the kernel there first (make), or give the path of its bzImage",
        )
    # virtme-ng finds the tree, and what it built as modules, by this path.
    return _file(name, found[0])


def _file(name: str, kernel: Path) -> Image:
    with explained(f"read the kernel {kernel}"):
        check_kernel(kernel, here())
    return Image(name, str(kernel), kernel)


def _architecture(name: str, arch: str, *, foreign: bool) -> str:
    """The architecture that a name asks for; empty if it is this machine's."""
    own = here()
    if arch in ("", own):
        return ""
    if not foreign:
        problem = f"{name}: kernels of this command are of {own}"
        raise UsageError(problem, remedy="Leave out the architecture; `bench matrix` takes others")
    if arch not in KNOWN:
        problem = f"{name}: no architecture {quoted(arch)}"
        raise UsageError(problem, remedy=f"Give {' or '.join(KNOWN)}")
    return arch
