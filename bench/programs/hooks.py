"""Attaching a program to a hook that meets TCP connections."""

from __future__ import annotations

from pathlib import Path

from bench.errors import BenchError
from bench.host.mounts import mount_remedy
from bench.libbpf.object import BpfObject
from bench.spec import Hook


class HookUnavailableError(BenchError):
    """The host lacks what a hook is attached to."""


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
