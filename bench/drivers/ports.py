"""The load's server ports, as programs that look at connections want them."""

from __future__ import annotations

from collections.abc import Sequence

from bench.errors import UsageError
from bench.words.plurals import counted

MAX_PORTS = 16
"""Size of ``server_ports`` in bpf/ports.h."""


def port_constants(ports: Sequence[int]) -> dict[str, int | bytes]:
    """Constants of bpf/ports.h: the ports whose connections are measured.

    Raises:
        UsageError: There are more than the program has room for.
    """
    if len(ports) > MAX_PORTS:
        raise UsageError(f"{counted(len(ports), 'server port')}, programs take {MAX_PORTS}")
    raw = b"".join(port.to_bytes(2, "little") for port in ports)
    return {"server_ports": raw, "server_port_count": len(ports)}
