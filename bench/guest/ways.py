"""Which way a guest is booted: what its kernel has decides, not a try."""

from __future__ import annotations

from collections.abc import Callable

from bench.errors import BenchError
from bench.guest.architecture import here
from bench.guest.boot import Boot
from bench.guest.contents import FILES_BY_9P, FILES_BY_DISK, lacking
from bench.guest.host_files import HostFiles
from bench.guest.images import Image
from bench.guest.own_files import OwnFiles


def boot_of(image: Image, say: Callable[[str], None]) -> Boot:
    """The host's files where the guest can see and run them, else disks.

    Raises:
        BenchError: The kernel has neither 9p nor disks.
    """
    why = lacking(image.kernel, FILES_BY_9P)
    if not image.arch and not why:
        return HostFiles()
    if off := lacking(image.kernel, FILES_BY_DISK):
        why = "" if image.arch else f"; it has no {why} either, to see the host's files"
        raise BenchError(
            f"guest {image.name} ({image.source}) cannot be made: its files are on disks, and this "
            f"kernel has {off} neither built in nor as a module{why}",
            remedy="Give a kernel that has it; all of Debian's do",
        )
    return OwnFiles(image.arch or here(), say)
