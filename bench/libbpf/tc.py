"""Classifiers of tc at the ingress of an interface, behind a clsact queueing discipline.

All of it belongs to the calling thread's network namespace. The discipline is made for the
classifier and removed with it, so the interface must be the caller's own.
"""

from __future__ import annotations

import ctypes as c
import errno

from bench.libbpf.ffi import TcHook, TcOpts, lib

INGRESS, EGRESS = 1, 2
"""``enum bpf_tc_attach_point`` of libbpf."""


def attach(program_fd: int, ifindex: int) -> int:
    """Attach a program; 0, or the kernel's negative answer."""
    hook, options = _hook(ifindex, INGRESS), TcOpts(sz=c.sizeof(TcOpts), prog_fd=program_fd)
    made = int(lib().bpf_tc_hook_create(c.byref(hook)))
    if made not in (0, -errno.EEXIST):
        return made
    return int(lib().bpf_tc_attach(c.byref(hook), c.byref(options)))


def remove(ifindex: int) -> None:
    """Remove the discipline and what is attached to it; harmless when the interface is gone."""
    lib().bpf_tc_hook_destroy(c.byref(_hook(ifindex, INGRESS | EGRESS)))


def _hook(ifindex: int, point: int) -> TcHook:
    return TcHook(sz=c.sizeof(TcHook), ifindex=ifindex, attach_point=point)
