"""Facts about the machine: memory, virtualisation, identity."""

from __future__ import annotations

import hashlib
import hmac
import shlex
from functools import cache
from pathlib import Path

from bench import facts
from bench.host.facts import ROOT, Reader, text, text_of, with_readers
from bench.process import CommandError, run

APPLICATION = b"bpf-timer-bench"
_DMI = "sys/class/dmi/id"
_MIB = 1 << 20


def memory_mib(root: Path) -> int | None:
    """Memory the kernel manages, in MiB."""
    for line in (text(root, "proc/meminfo") or "").splitlines():
        name, _, value = line.partition(":")
        if name == "MemTotal":
            return int(value.split()[0]) * 1024 // _MIB
    return None


def machine_type(root: Path) -> str | None:
    """Vendor and product by the firmware's DMI tables."""
    words = [text(root, f"{_DMI}/sys_vendor"), text(root, f"{_DMI}/product_name")]
    return " ".join(word for word in words if word) or None


def machine_id_hash(root: Path) -> str | None:
    """16 hex digits that identify the installation without revealing its machine id.

    ``machine-id(5)`` asks not to publish the id, and recommends a keyed hash of it.
    """
    identity = text(root, "etc/machine-id")
    if not identity:
        return None
    return hmac.new(identity.encode(), APPLICATION, hashlib.sha256).hexdigest()[:16]


def os_release(key: str) -> Reader:
    """A reader of one assignment of ``os-release(5)``; None if it is not assigned."""

    def read(root: Path) -> str | None:
        lines = text(root, "etc/os-release") or text(root, "usr/lib/os-release") or ""
        found = [
            line.partition("=")[2] for line in lines.splitlines() if line.startswith(f"{key}=")
        ]
        try:
            return " ".join(shlex.split(found[-1])) if found else None
        except ValueError:  # Quotes that do not match.
            return found[-1]

    return read


@cache
def _detected(kind: str) -> str | None:
    try:
        # It exits with 1 to say "none", which is an answer.
        words = run(["sh", "-c", f"systemd-detect-virt --{kind} || [ $? = 1 ]"]).split()
    except CommandError:
        return None
    return words[0] if words else None


def virtual_machine(root: Path) -> str | None:
    """Hypervisor by ``systemd-detect-virt --vm``; ``none`` on bare metal."""
    return _detected("vm") if root == ROOT else None


def container(root: Path) -> str | None:
    """Container by ``systemd-detect-virt --container``; ``none`` outside of one."""
    return _detected("container") if root == ROOT else None


def numa_nodes(root: Path) -> str | None:
    """NUMA nodes in use, as a list of ranges."""
    return text(root, "sys/devices/system/node/online")


MACHINE_FACTS = with_readers(
    facts.MACHINE,
    {
        "memory_mib": memory_mib,
        "numa_nodes": numa_nodes,
        "machine_type": machine_type,
        "hypervisor": virtual_machine,
        "container": container,
        "os_id": os_release("ID"),
        "os_version": os_release("VERSION_ID"),
        "os_name": os_release("PRETTY_NAME"),
        "hostname": text_of("proc/sys/kernel/hostname"),
        "machine_id_hash": machine_id_hash,
    },
)
