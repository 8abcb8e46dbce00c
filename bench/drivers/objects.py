"""Everything that the tool may have compiled, for whoever wants all of it at once.

``python -m bench.drivers.objects FOLDER`` compiles them for a wheel (``make dist``).
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.errors import BenchError
from bench.libbpf import compiler, shipped
from bench.programs.registry import OURS
from bench.spec import Engine
from bench.watch import hooks
from bench.words.plurals import counted

Wanted = tuple[str, tuple[str, ...]]
"""A source below ``bpf/``, and what the compiler defines."""
TIMERFD_LOOP: Wanted = ("timerfd/loop.c", ())
COLLECTOR_LOOP: Wanted = ("collector/loop.c", ("WITHOUT_TIMERS",))
RAW_WATCH: Wanted = (hooks.SOURCE, (hooks.RAW_TP,))
IN_USER_SPACE = (TIMERFD_LOOP, COLLECTOR_LOOP)
"""Programs of engines whose timeouts user space provides."""


def of_programs() -> Iterator[Wanted]:
    """Those of the programs, as each of their engines has them."""
    for program in OURS:
        each = (defines for engine in program.engines for defines in _defines(engine))
        for defines in dict.fromkeys(each):
            yield program.source, defines


def _defines(engine: Engine) -> Iterator[tuple[str, ...]]:
    yield engine.facts.defines
    if engine.facts.defines_where:
        yield engine.facts.defines_where[1]


def every() -> list[Wanted]:
    """Those of the programs, every other source as it is, and the second way to watch."""
    sources = compiler.source_dir()
    plain = ((str(path.relative_to(sources)), ()) for path in sorted(sources.rglob("*.bpf.c")))
    return list(dict.fromkeys((*plain, RAW_WATCH, *of_programs())))


def made() -> Iterator[tuple[str, Path]]:
    """Compile all of it: name to have where it is shipped, and file, of each."""
    for source, defines in every():
        yield compiler.shipped_name(source, defines), compiler.built(source, defines)
    for source, defines in IN_USER_SPACE:
        name = compiler.shipped_executable_name(source, defines)
        yield name, compiler.linked(source, defines)


def pass_on(folder: Path, *, arch: str) -> dict[str, str]:
    """Fill a folder for a guest, and the environment that names it.

    Args:
        folder: Made; the same path in the guest.
        arch: The guest's, as the kernel names it.
    """
    wanted = [(compiler.shipped_name(*each), compiler.compiled(*each)) for each in every()]
    if arch == platform.machine():
        own = [(compiler.shipped_executable_name(*each), each) for each in IN_USER_SPACE]
        wanted += [(name, compiler.executable(*each)) for name, each in own]
    shipped.write(folder, wanted, compiler.built_with())
    return {shipped.PASSED: str(folder)}


def main() -> None:
    """Compile all of it into a folder."""
    folder = Path(sys.argv[1])
    try:
        written = shipped.write(folder, made(), compiler.clang_version())
    except BenchError as error:
        sys.exit(f"{error}\n{error.detail or ''}\n{error.remedy or ''}".rstrip())
    print(f"{counted(len(written), 'file')} in {folder}")


if __name__ == "__main__":
    main()
