"""CO-RE objects and the programs beside them, compiled on demand into a cache.

The cache is keyed by sources, headers, flags and compiler. Objects that came with the tool
(:mod:`bench.libbpf.shipped`) are taken as they are.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from bench.errors import BenchError, explained
from bench.installation import cache_dir, remedy
from bench.libbpf import shipped
from bench.process import run

TARGET_ARCH = {"x86_64": "x86", "aarch64": "arm64", "riscv64": "riscv", "ppc64le": "powerpc"}
LIBBPF_HEADERS = Path("/usr/include/bpf")
INSTALL_CLANG = "apt-get install clang libbpf-dev linux-libc-dev"


def source_dir() -> Path:
    """The folder with the ``.bpf.c`` files: packaged, or ``bpf/`` of the checkout."""
    package = Path(__file__).resolve().parent.parent
    packaged = package / "_bpf"
    return packaged if packaged.is_dir() else package.parent / "bpf"


def clang() -> str:
    """The compiler: ``$BENCH_CLANG``, a name or a path, or ``clang``."""
    return os.environ.get("BENCH_CLANG") or "clang"


def clang_version() -> str:
    """First line of ``clang --version``.

    Raises:
        BenchError: clang is not installed.
    """
    return _version(clang())


@cache
def _version(command: str) -> str:
    if shutil.which(command) is None:
        raise BenchError(f"{command} is not installed", remedy=remedy(INSTALL_CLANG))
    return run([command, "--version"]).splitlines()[0]


def _flags() -> list[str]:
    machine = platform.machine()
    multiarch = Path(f"/usr/include/{machine}-linux-gnu")
    arch = TARGET_ARCH.get(machine, machine)
    includes = [f"-I{multiarch}"] if multiarch.is_dir() else []
    base = ["-O2", "-g", "-target", "bpf", "-mcpu=v3", "-Wall", "-Werror", "-c"]
    return [*base, *_places(), f"-D__TARGET_ARCH_{arch}", *includes]


def _places() -> list[str]:
    """What is compiled is the same wherever that is done."""
    return [f"-ffile-prefix-map={source_dir()}=bpf", "-fdebug-compilation-dir=."]


def refuse_big_endian() -> None:
    """Constants, maps and shared memory are read and written as little-endian words.

    Raises:
        BenchError: This machine's words are the other way round.
    """
    if sys.byteorder != "little":
        raise BenchError(
            f"{platform.machine()} is big-endian, which bench does not support",
            remedy="Measure on a little-endian machine: x86_64, aarch64, riscv64, ppc64le",
        )


def built_with() -> str:
    """First line of the version of the compiler that made what is loaded.

    Raises:
        BenchError: No object came with the tool, and clang is not installed.
    """
    return shipped.compiler() or clang_version()


def _headers(*folders: Path) -> list[Path]:
    return [header for folder in dict.fromkeys(folders) for header in sorted(folder.glob("*.h"))]


def _key(source: Path, flags: list[str]) -> str:
    digest = hashlib.sha256(f"{clang_version()}\0{flags}".encode())
    for path in (source, *_headers(source_dir(), source.parent, LIBBPF_HEADERS)):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:32]


def compiled(source: str, defines: Sequence[str] = ()) -> Path:
    """Path of the object made from ``bpf/<source>``: shipped, or compiled into the cache.

    Args:
        source: Below ``bpf/``; an absolute one is a file elsewhere, and finds the headers of
            ``bpf/``, too.
        defines: Names that the compiler defines.

    Raises:
        BenchError: No such source, no clang, a compile error (detail carries it), or a
            cache folder that cannot be written.
    """
    refuse_big_endian()
    return shipped.found(shipped_name(source, defines)) or built(source, defines)


def built(source: str, defines: Sequence[str] = ()) -> Path:
    """As :func:`compiled`, by the compiler of this host, whatever came with the tool."""
    return _built(source, [*_flags(), *_defining(defines)], ".o")


def shipped_name(source: str, defines: Sequence[str] = ()) -> str:
    """How the object is named where it comes with the tool.

    Raises:
        BenchError: No such source.
    """
    return f"{_shipped_stem(source, defines)}.o"


def _shipped_stem(source: str, defines: Sequence[str]) -> str:
    path = _source(source)
    key = shipped.key_of(path, _headers(source_dir(), path.parent), defines)
    return f"{path.name.removesuffix('.c')}-{key}"


def executable(source: str, defines: Sequence[str] = ()) -> Path:
    """Path of the user-space program made from ``bpf/<source>``: shipped, or compiled.

    Raises:
        BenchError: As :func:`compiled`, or its folder is mounted noexec, or this is a guest to
            which the host has passed none.
    """
    refuse_big_endian()
    made = shipped.found(shipped_executable_name(source, defines))
    if made is None and shipped.passed():
        raise _not_passed(source)
    made = made or linked(source, defines)
    if not os.access(made, os.X_OK):
        raise BenchError(
            f"{made} cannot be executed: {made.parent} is on a file system mounted noexec",
            remedy="Set XDG_CACHE_HOME to a folder on another one, and BENCH_CLANG=clang",
        )
    return made


def _not_passed(source: str) -> BenchError:
    return BenchError(
        f"this guest has no program of {source} for {platform.machine()}: guests run what their "
        "host has compiled, and it compiles programs of user space for its own architecture only",
        remedy="Choose an engine whose timeouts the kernel provides, as bpf_timer, or measure on a "
        f"machine with {platform.machine()}",
    )


def linked(source: str, defines: Sequence[str] = ()) -> Path:
    """As :func:`executable`, by the compiler of this host; it needs no library of its host."""
    flags = ["-O2", "-g", "-Wall", "-Wextra", "-Werror", "-static", *_places()]
    return _built(source, [*flags, *_defining(defines)], "")


def shipped_executable_name(source: str, defines: Sequence[str] = ()) -> str:
    """How the program is named where it comes with the tool: it is one for each architecture."""
    return f"{_shipped_stem(source, defines)}.{platform.machine()}"


def shared_object(source: str, defines: Sequence[str] = ()) -> Path:
    """Path of the shared object that a program of others loads, made from ``bpf/<source>``.

    Raises:
        BenchError: As :func:`compiled`.
    """
    warned = ["-Wall", "-Wextra", "-Werror"]
    flags = ["-O2", "-g", "-shared", "-fPIC", "-fvisibility=hidden", *warned]
    return _built(source, [*flags, *_defining(defines)], ".so")


def _defining(names: Sequence[str]) -> list[str]:
    return [f"-D{name}" for name in names]


def _source(name: str) -> Path:
    path = source_dir() / name
    if not path.is_file():
        raise BenchError(f"no source {path}", remedy="Reinstall the package")
    return path


def _built(source: str, flags: list[str], suffix: str) -> Path:
    refuse_big_endian()
    path = _source(source)
    target = cache_dir() / f"{path.name.removesuffix('.c')}-{_key(path, flags)}{suffix}"
    if not target.is_file():
        _compile(path, target, flags)
    return target


def _compile(source: Path, target: Path, flags: list[str]) -> None:
    partial = target.with_suffix(f".{os.getpid()}.tmp")
    tried = f"write the object cache {target.parent}"
    try:
        with explained(tried, remedy="Set XDG_CACHE_HOME to a folder that can be written"):
            target.parent.mkdir(parents=True, exist_ok=True)
            include = f"-I{source_dir()}"
            command = [clang(), *flags, include, str(source), "-o", str(partial)]
            run(command, remedy=remedy(INSTALL_CLANG))
            partial.replace(target)
    finally:
        with suppress(OSError):  # what stopped the writing would also stop this
            partial.unlink()
