"""Errors that a user can meet: what failed, the value seen, the next step."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

from bench.exits import Exit

LONGEST = 72
"""Characters of a value that a message quotes at most: with a few words they fill a line."""
LONGEST_PATH = 300
CUT = " ..."


def quoted(value: object, longest: int = LONGEST) -> str:
    """A value as a message quotes it: what was typed or read may be a whole file."""
    if not isinstance(value, str):
        return shortened(repr(value), longest)
    line = shortened(value, longest)
    return repr(value) if line == value else f"{line.removesuffix(CUT)!r}{CUT}"


def shortened(text: str, longest: int = LONGEST) -> str:
    """The beginning of a text's first line, marked if there is more."""
    line = text.lstrip("\n").partition("\n")[0][:longest]
    return text if line == text else line + CUT


_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def visible(text: str) -> str:
    """Text that a terminal shows and does not obey: what others wrote may be within.

    Control characters but ends of lines and tabs become U+FFFD, as do halves of surrogate pairs.
    """
    return _CONTROLS.sub("\ufffd", text)


class BenchError(Exception):
    """An expected failure, shown to the user without a traceback.

    Args:
        problem: What failed, in one sentence, with the value seen.
        remedy: The next step, as an imperative sentence; empty when there is none.
        detail: Longer evidence (a verifier log, a compiler's output); may span lines.
    """

    exit_code = Exit.UNANSWERED

    def __init__(self, problem: str, *, remedy: str = "", detail: str = "") -> None:
        """Keep the three parts apart, so that each display can choose what to show."""
        self.problem, self.remedy, self.detail = map(visible, (problem, remedy, detail))
        super().__init__(self.problem)

    def __str__(self) -> str:
        """Join problem and remedy into one line."""
        return f"{self.problem}. {self.remedy}" if self.remedy else self.problem


class UsageError(BenchError):
    """The request itself is wrong: unknown name, value out of range, malformed file."""

    exit_code = Exit.USAGE


class KernelRefusedError(BenchError):
    """The kernel refused a program, map or attachment; ``detail`` carries its log.

    Args:
        problem: What was refused.
        errno: The positive error number the kernel returned.
        remedy: The next step.
        detail: The log of libbpf and the verifier.
    """

    def __init__(self, problem: str, *, errno: int, remedy: str = "", detail: str = "") -> None:
        """Keep the error number beside the message."""
        super().__init__(problem, remedy=remedy, detail=detail)
        self.errno = errno


class TrialFailedError(BenchError):
    """A trial could not be measured; it becomes a record with status ``failed``."""


@contextmanager
def explained(tried: str, *, remedy: str = "") -> Iterator[None]:
    """An OSError of the block becomes a BenchError that says what was tried.

    Args:
        tried: What the block does, as in ``cannot ...``: ``read /proc/stat``.
        remedy: The next step.

    Raises:
        BenchError: The block failed with an OSError.
    """
    try:
        yield
    except OSError as error:
        raise of_host(error, tried, remedy=remedy) from error


def of_host(error: OSError, tried: str, *, remedy: str = "", detail: str = "") -> BenchError:
    """The error of a system call as one that says what was tried; see :func:`explained`."""
    path = "" if error.filename is None else str(error.filename)
    reason = error.strerror or str(error)
    shown = f"{path}: {reason}" if path and path not in tried else reason
    return BenchError(f"cannot {tried}: {shown}", remedy=remedy, detail=detail)


_KERNEL_ERRORS = {
    512: "a system call to be begun again (ERESTARTSYS)",
    517: "a driver that is not ready (EPROBE_DEFER)",
    524: "not supported by this kernel (ENOTSUPP)",
}
"""Numbers that the kernel should keep to itself, and does not: include/linux/errno.h."""


def errno_text(code: int) -> str:
    """A positive error number in words, also one that the C library does not know."""
    return _KERNEL_ERRORS.get(code) or os.strerror(code)


_NAMES = {
    512: "ERESTARTSYS",
    517: "EPROBE_DEFER",
    524: "ENOTSUPP",
    errno.EOPNOTSUPP: "EOPNOTSUPP",
    errno.EDEADLK: "EDEADLK",
}
"""Names that Python does not know, or has another one for."""


def errno_name(code: int) -> str:
    """Name of an error number, positive or negative; empty for 0."""
    if not code:
        return ""
    return {**errno.errorcode, **_NAMES}.get(abs(code), f"error {abs(code)}")


def with_errno_name(code: int, meaning: str) -> str:
    """What an error number means, with its name behind, once."""
    name = f"({errno_name(code)})"
    return meaning if meaning.endswith(name) else f"{meaning} {name}"


_REMEDIES = {
    errno.ENOSPC: "Free space there",
    errno.EDQUOT: "Free some of the quota there",
    errno.EROFS: "Choose a place that can be written",
    errno.EACCES: "Run it as root, or as somebody who may",
    errno.EPERM: "Run it as root, or as somebody who may",
    errno.EMFILE: "Raise the limit of open files (ulimit -n)",
    errno.ENFILE: "Raise the limit of open files (sysctl fs.file-max)",
    errno.ENOMEM: "Free memory, or measure fewer timers",
}


def next_step(error: OSError) -> str:
    """What to do about the error of a system call that nobody foresaw."""
    return _REMEDIES.get(error.errno or 0, "See what bench doctor and the kernel's log say of it")
