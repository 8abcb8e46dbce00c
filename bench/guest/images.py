"""Kernels to boot: Debian's, fetched by apt into a cache, or a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.errors import UsageError, quoted
from bench.guest.apt import Say
from bench.guest.fetching import debian
from bench.guest.packages import EXAMPLES, Wanted
from bench.process import run

DEBIAN = "debian:"


@dataclass(frozen=True, slots=True)
class Image:
    """A kernel that can be booted.

    Attributes:
        name: As it was asked for.
        source: Debian package and its version, or the path.
        kernel: The kernel's file. Its modules, if any, lie in ``lib/modules`` of the folder above
            its own, as in a Debian package.
    """

    name: str
    source: str
    kernel: Path


def image(name: str, say: Say) -> Image:
    """The image of that name; a Debian kernel is fetched if the cache has not got it.

    Args:
        name: ``debian:VERSION``, ``debian:VERSION-rt`` or the path of a bzImage.
        say: Is told what takes long.

    Raises:
        UsageError: Neither.
        BenchError: Debian has no such kernel, or it cannot be fetched.
    """
    if name.startswith(DEBIAN):
        wanted = Wanted.parse(name)
        source, kernel = debian(wanted, architecture(), say)
        return Image(name, source, kernel)
    path = Path(name)
    if not path.is_file():
        remedy = f"Write it like {EXAMPLES}, or give the path of a bzImage"
        raise UsageError(f"no kernel {quoted(name)}", remedy=remedy)
    return Image(name, str(path), path.resolve())


def architecture() -> str:
    """Debian's name of this machine's."""
    return run(["dpkg", "--print-architecture"]).strip()
