"""Loading programs: what the kernel takes, and the line that says why it does not."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from bench.errors import KernelRefusedError, errno_name
from bench.libbpf import compiler
from bench.libbpf.object import BpfObject
from bench.limits.answers import deciding_line

FOLDER = "limits"
Prepare = Callable[[BpfObject], None]


@dataclass(frozen=True, slots=True)
class Loading:
    """What loading a program came to; ``code`` is 0 or a positive errno."""

    code: int
    line: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the kernel took it."""
        return self.code == 0

    @property
    def errno(self) -> str:
        """Name of the error, empty if accepted."""
        return errno_name(self.code)

    @property
    def text(self) -> str:
        """``accepted``, or the error and the deciding line."""
        if self.accepted:
            return "accepted"
        return f"{self.errno}: {self.line}" if self.line else self.errno


def opened(source: str) -> BpfObject:
    """The object of ``bpf/limits/<source>.bpf.c``, compiled if need be."""
    return BpfObject(compiler.compiled(f"{FOLDER}/{source}.bpf.c"))


def load(
    source: str,
    *programs: str,
    constants: Mapping[str, int] | None = None,
    prepare: Prepare | None = None,
) -> Loading:
    """Load programs of one source and throw them away again."""
    with opened(source) as made:
        if programs:
            made.load_only(programs)
        if constants:
            made.set_constants(constants)
        if prepare:
            prepare(made)
        try:
            made.load()
        except KernelRefusedError as error:
            return Loading(error.errno, deciding_line(error.detail))
    return Loading(0)


def attach(source: str, program: str) -> Loading:
    """Load a program of one source, attach it by its own type, and throw it away again.

    Raises:
        KernelRefusedError: It cannot even be loaded.
    """
    with opened(source) as made:
        made.load_only((program,))
        made.load()
        try:
            made.attach(program)
        except KernelRefusedError as error:
            return Loading(error.errno, deciding_line(error.detail))
    return Loading(0)


def preempt_rt() -> bool:
    """Whether the running kernel calls itself PREEMPT_RT."""
    return "PREEMPT_RT" in os.uname().version


@cache
def loaded(source: str, program: str) -> Loading:
    """Like :func:`load` of one program, remembered: counterparts are shared by claims."""
    return load(source, program)
