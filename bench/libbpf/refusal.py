"""What a refusal of the kernel is reported as."""

from __future__ import annotations

import errno
import os
import re

from bench.errors import KernelRefusedError, errno_text
from bench.words.plurals import counted

FORBIDDEN = (
    "Run as root with CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN, outside of containers that forbid "
    "bpf(); some kernels forbid some program types"
)
FORBIDDEN_TO_ROOT = (
    "This is root already: a container, a missing capability (CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN) "
    "or the kernel itself, which may forbid some program types, prevents it; "
    "`bench doctor` tries each"
)
DOCTOR = "Run `bench doctor` to see what this kernel allows"
OTHER_CLANG = (
    "Compile with another clang, for example BENCH_CLANG=clang-14, and report this: every program "
    "should stay below half of the limit"
)
PROCESSED = re.compile(r"^processed (\d+) insns", re.MULTILINE)
"""Last line of the verifier's log, ``print_verification_stats`` of kernel/bpf/verifier.c."""


def refused(action: str, name: str, code: int, log: str) -> KernelRefusedError:
    """The error for what the kernel refused.

    Args:
        action: What it was asked for, an infinitive.
        name: The object.
        code: The positive errno.
        log: Messages of libbpf, with the verifier's log.
    """
    problem = f"the kernel refused to {action} {name}: {reason(code, log)} ({code})"
    given_up = code == errno.E2BIG and PROCESSED.search(log)
    forbidden = FORBIDDEN if os.geteuid() else FORBIDDEN_TO_ROOT
    remedy = OTHER_CLANG if given_up else forbidden if code == errno.EPERM else DOCTOR
    return KernelRefusedError(problem, errno=code, remedy=remedy, detail=log)


def reason(code: int, log: str) -> str:
    """An errno in words; of a program that is too much for the verifier, how much it read."""
    if code != errno.E2BIG:
        return errno_text(code)
    counts = PROCESSED.findall(log)
    if counts:
        return f"the verifier gave up after {counted(int(counts[-1]), 'instruction')}"
    return "a program or a map is larger than the kernel takes"
