"""Attaching a program to a hook that meets TCP connections, and what to do if one is refused."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from pathlib import Path

from bench.errors import BenchError, KernelRefusedError, with_errno_name
from bench.host.mounts import mount_remedy
from bench.libbpf.object import BpfObject
from bench.libbpf.refusal import reason
from bench.spec import Hook


class HookUnavailableError(BenchError):
    """The host lacks what a hook is attached to."""


NOT_FOR_THE_HOOK = frozenset({errno.EOPNOTSUPP, errno.ENOMEM, errno.E2BIG})
"""Answers that another hook would meet, too: no bpf_timer, no memory, too long a program."""


def refused_hook(
    hook: str, error: KernelRefusedError, *, others: Sequence[str]
) -> KernelRefusedError:
    """The kernel's answer in terms of the hook that was asked for, and what to ask for instead.

    Args:
        hook: The only one that was tried.
        error: What the kernel answered; returned as it is where the hook is not the cause.
        others: Values of ``--hook`` that may work.
    """
    if error.errno in NOT_FOR_THE_HOOK:
        return error
    why = with_errno_name(error.errno, reason(error.errno, error.detail))
    return KernelRefusedError(
        f"this kernel refuses the hook {hook}: {why}",
        errno=error.errno,
        remedy=f"Use --hook {_any_of(others)}" if others else error.remedy,
        detail=error.detail,
    )


def _any_of(words: Sequence[str]) -> str:
    return " or ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


def attach_hook(loaded: BpfObject, name: str, hook: Hook | None, cgroup: Path | None) -> None:
    """Attach one program by its hook; ``sockops`` goes to the root of cgroup2.

    Raises:
        KernelRefusedError: The kernel refused.
        HookUnavailableError: cgroup2 is not mounted.
    """
    if hook is not Hook.SOCKOPS:
        loaded.attach(name)
    elif cgroup is None:
        raise HookUnavailableError(
            "hook sockops needs cgroup2, which is not mounted",
            remedy=mount_remedy("cgroup2"),
        )
    else:
        loaded.attach(name, cgroup=cgroup)
