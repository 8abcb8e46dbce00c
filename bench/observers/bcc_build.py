"""Compiling the BCC observer: once per process, silently, and with a remedy if it fails."""

from __future__ import annotations

import ctypes
import os
import platform
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO, Any

import bench
from bench.errors import BenchError
from bench.host.cpus import find_cpus
from bench.installation import remedy
from bench.observers.slots import HOOKS

SOURCE = Path("observers") / "softirq.bcc.c"
INSTALL_BCC = "apt-get install python3-bpfcc linux-headers-$(uname -r)"
DEBIAN_PACKAGES = "/usr/lib/python3/dist-packages"
"""Where Debian's BCC is; a virtual environment sees it only if it was made so."""
ISOLATED = " and make the virtual environment with `--system-site-packages`"
# Debian's kernel.release names the package's version, its utsrelease.h the real release.
_RELEASE_FILES = ("include/generated/utsrelease.h", "include/config/kernel.release")


@cache
def compiled_program() -> Any:
    """The compiled observer, a ``bcc.BPF`` with all functions loaded and none attached.

    Raises:
        BenchError: BCC or headers are missing, or compiler or kernel refused it;
            ``detail`` carries what BCC printed.
    """
    text, folder = source_path().read_bytes(), source_path().parent
    bcc = import_bcc()
    with _output_kept() as kept:
        try:
            program = bcc.BPF(text=text, cflags=[f"-DCPUS={find_cpus().slots}", f"-I{folder}"])
            for function in HOOKS.values():
                program.load_func(function.encode(), bcc.BPF.RAW_TRACEPOINT)
        except Exception as error:  # BCC raises plain Exception for everything
            raise _refused(error, _printed(kept)) from error
    return program


def source_path() -> Path:
    """The observer's source: packaged, or in ``bpf/`` of the checkout."""
    package = Path(bench.__file__).resolve().parent
    packaged = package / "_bpf" / SOURCE
    return packaged if packaged.is_file() else package.parent / "bpf" / SOURCE


def import_bcc() -> Any:
    """Debian's ``bcc`` module; PyPI's package of the same name is something else.

    Raises:
        BenchError: It is not installed, or it is the other one.
    """
    try:
        import bcc
    except ImportError as error:
        raise BenchError(f"BCC's Python module is missing ({error})", remedy=_remedy()) from error
    if not hasattr(bcc, "BPF"):
        raise BenchError(f"{bcc.__file__} is not BCC", remedy=_remedy())
    return bcc


def build_facts() -> dict[str, str]:
    """What the record says: BCC's version, the headers it used and whether they match.

    Headers of another kernel are harmless here: the source uses no layout from them.
    """
    kernel = platform.release()
    folder = headers_folder(kernel)
    headers = headers_release(folder) or "unknown"
    return {
        "bcc": str(import_bcc().__version__),
        "kernel": kernel,
        "headers": headers,
        "headers_dir": str(folder.resolve()),
        "headers_match": "yes" if headers == kernel else "no",
        "hooks": "raw tracepoints " + ", ".join(HOOKS),
    }


def headers_folder(kernel: str, modules: Path = Path("/lib/modules")) -> Path:
    """Where BCC finds kernel headers; source: ``src/cc/frontends/clang/loader.cc``."""
    forced = os.environ.get("BCC_KERNEL_SOURCE")
    if forced:
        return Path(forced)
    folder = modules / kernel / "build"
    return folder if folder.exists() else Path("/sys/kernel/kheaders.tar.xz")


def headers_release(folder: Path) -> str | None:
    """Kernel release that the headers in ``folder`` were made for; None = they do not say."""
    for name in _RELEASE_FILES:
        path = folder / name
        if path.is_file():
            found = re.search(r'(?:UTS_RELEASE\s+")?(\d[\w.+~-]*)"?\s*\Z', path.read_text())
            if found:
                return found[1]
    return None


def _printed(kept: IO[str]) -> str:
    ctypes.CDLL(None).fflush(None)  # C++ streams end in C's buffers
    kept.seek(0)
    return kept.read().strip()


def _remedy() -> str:
    seen = "" if DEBIAN_PACKAGES in sys.path else ISOLATED
    return f"{remedy(INSTALL_BCC)}{seen}, or choose `--observer core`, which needs none"


def _refused(error: Exception, printed: str) -> BenchError:
    if "kernel headers" in printed or "kernel headers" in str(error):
        problem = f"BCC finds no kernel headers for {platform.release()}"
    else:
        problem = f"BCC could not build {SOURCE}: {error}"
    return BenchError(problem, remedy=_remedy(), detail=printed or str(error))


@contextmanager
def _output_kept() -> Iterator[IO[str]]:
    """BCC's library writes to file descriptors 1 and 2, so these are what is diverted."""
    sys.stdout.flush()
    sys.stderr.flush()
    originals = {number: os.dup(number) for number in (1, 2)}
    with tempfile.TemporaryFile("w+", errors="replace") as kept:
        for number in originals:
            os.dup2(kept.fileno(), number)
        try:
            yield kept
        finally:
            ctypes.CDLL(None).fflush(None)
            for number, original in originals.items():
                os.dup2(original, number)
                os.close(original)
