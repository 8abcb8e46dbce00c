"""Every BPF object that the tool may load, for whoever wants all of them at once.

``python -m bench.drivers.objects FOLDER`` compiles them for a wheel (``make dist``).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from bench.errors import BenchError
from bench.libbpf import compiler, shipped
from bench.programs.registry import OURS
from bench.words.plurals import counted

Wanted = tuple[str, tuple[str, ...]]
"""A source below ``bpf/``, and what the compiler defines."""


def of_programs() -> Iterator[Wanted]:
    """Those of the programs, as each of their engines has them."""
    for program in OURS:
        for defines in dict.fromkeys(engine.facts.defines for engine in program.engines):
            yield program.source, defines


def every() -> list[Wanted]:
    """Those of the programs, and every other source as it is."""
    sources = compiler.source_dir()
    plain = ((str(path.relative_to(sources)), ()) for path in sorted(sources.rglob("*.bpf.c")))
    return list(dict.fromkeys((*plain, *of_programs())))


def main() -> None:
    """Compile all of them into a folder."""
    folder = Path(sys.argv[1])
    try:
        made = shipped.write(
            folder,
            (
                (compiler.shipped_name(source, defines), compiler.built(source, defines))
                for source, defines in every()
            ),
            compiler.clang_version(),
        )
    except BenchError as error:
        sys.exit(f"{error}\n{error.detail or ''}\n{error.remedy or ''}".rstrip())
    print(f"{counted(len(made), 'object')} in {folder}")


if __name__ == "__main__":
    main()
