"""What a host is, in words: bare metal or a virtual machine, its CPU. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from bench.words.escape import printable


def virtual_machine(host: Mapping[str, object]) -> str:
    """Kind of virtual machine that a host is; empty for bare metal, or if nothing says so.

    Args:
        host: Facts of a host, as a run's header has them.
    """
    kind = host.get("hypervisor")
    if kind and kind != "none":
        return printable(kind)
    return "unknown hypervisor" if host.get("hypervisor_flag") else ""


def hardware(host: Mapping[str, object]) -> str:
    """What a machine is: bare metal or which hypervisor, its CPU model, its CPUs."""
    if virtual := virtual_machine(host):
        kind = f"virtual machine ({virtual})"
    else:
        kind = "bare metal" if host.get("hypervisor") == "none" else "machine of unknown kind"
    cpus = host.get("cpus_online")
    parts = [kind, host.get("cpu_model") or "unknown CPU", *([f"CPUs {cpus}"] if cpus else [])]
    return printable(", ".join(map(str, parts)))
