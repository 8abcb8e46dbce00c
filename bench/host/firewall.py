"""Rules of netfilter that may drop packets of a load: nftables asked by netlink.

``iptables`` of today writes rules of nftables, too. Source: ``uapi/linux/netfilter/nf_tables.h``.
Answers are those for the network namespace of the thread that asks.
"""

from __future__ import annotations

import errno
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass

NETLINK_NETFILTER = 12
REQUEST_DUMP = 0x301
NFTABLES = 10 << 8
NEWCHAIN, GETCHAIN, NEWRULE, GETRULE = (NFTABLES | number for number in (3, 4, 6, 7))
ERROR, DONE = 2, 3
HOOKS = {1: "input", 3: "output"}
"""What packets between a host and itself pass and a load's own namespace has."""
ACCEPT, DROP = 1, 0
LOOPBACK_INDEX = 1
BUFFER_BYTES = 1 << 16
RISK = "rules of nftables may drop packets of a load, at %s: let loopback pass (nft: iif lo accept)"
UNASKED = (
    "whether rules of nftables drop packets of a load is not known: the kernel refused to list "
    "them (EPERM); run as root, or with CAP_NET_ADMIN"
)
Attributes = dict[int, bytes]


@dataclass(frozen=True, slots=True)
class _Chain:
    name: tuple[bytes, bytes]
    hook: int | None
    policy: int


def firewall_risks() -> list[str]:
    """What could drop packets of a load, or that it is not known: a sentence or none."""
    try:
        found = droppers()
    except PermissionError:
        return [UNASKED]
    return [RISK % ", ".join(found)] if found else []


def droppers() -> list[str]:
    """Chains at input and output that may drop packets of loopback: ``input of filter``.

    A chain that takes all of loopback first is none. Empty where the kernel has no nftables.

    Raises:
        PermissionError: The kernel does not let this process ask.
    """
    try:
        rules: dict[tuple[bytes, bytes], list[bytes]] = {}
        for attributes in _dump(GETRULE, NEWRULE):
            rules.setdefault((attributes[1], attributes[2]), []).append(attributes.get(4, b""))
        chains = [_chain(attributes) for attributes in _dump(GETCHAIN, NEWCHAIN)]
    except PermissionError:
        raise
    except OSError:
        return []
    return sorted(
        f"{HOOKS[chain.hook]} (table {chain.name[0].rstrip(bytes(1)).decode(errors='replace')})"
        for chain in chains
        if chain.hook in HOOKS and _may_drop(chain, rules)
    )


def _chain(attributes: Attributes) -> _Chain:
    hook = _parsed(attributes.get(4, b"")).get(1)
    policy = attributes.get(5, struct.pack("!I", ACCEPT))
    number = None if hook is None else int.from_bytes(hook, "big")
    return _Chain((attributes[1], attributes[3]), number, int.from_bytes(policy, "big"))


def _may_drop(chain: _Chain, rules: dict[tuple[bytes, bytes], list[bytes]]) -> bool:
    """Its own rules in their order, and its policy; of chains that it jumps to, all."""
    seen = {chain.name}
    waiting = list(rules.get(chain.name, []))
    while waiting:
        rule = waiting.pop(0)
        verdict, target = _verdict(rule)
        if verdict == ACCEPT and _is_loopback(rule):
            return False
        if verdict == DROP and not _is_elsewhere(rule):
            return True
        called = (chain.name[0], target)
        if target and called not in seen:
            seen.add(called)
            waiting = [*rules.get(called, []), *waiting]
    return chain.policy == DROP


def _expressions(rule: bytes) -> Iterator[tuple[bytes, Attributes]]:
    for _kind, element in _listed(rule):
        known = _parsed(element)
        yield known.get(1, b"").rstrip(b"\0"), _parsed(known.get(2, b""))


def _verdict(rule: bytes) -> tuple[int | None, bytes]:
    """What a rule decides, and the chain that it calls."""
    for name, data in _expressions(rule):
        if name == b"reject":
            return DROP, b""
        if name == b"target" and data.get(1, b"").rstrip(b"\0") in (b"DROP", b"REJECT"):
            return DROP, b""
        if name == b"immediate":
            verdict = _parsed(_parsed(data.get(2, b"")).get(2, b""))
            if 1 in verdict:
                code = struct.unpack("!i", verdict[1])[0]
                return code, verdict.get(2, b"")
    return None, b""


def _compared(rule: bytes) -> Iterator[bytes]:
    """Names or indices of interfaces that a rule asks for."""
    asked = False
    for name, data in _expressions(rule):
        if name == b"meta":
            asked = int.from_bytes(data.get(2, b""), "big") in (4, 5, 6, 7)  # iif, oif, their names
        elif name == b"cmp" and asked and int.from_bytes(data.get(2, b""), "big") == 0:  # equal
            yield _parsed(data.get(3, b"")).get(1, b"")


def _is_loopback(rule: bytes) -> bool:
    index = struct.pack("=I", LOOPBACK_INDEX)
    return any(each.rstrip(b"\0") == b"lo" or each == index for each in _compared(rule))


def _is_elsewhere(rule: bytes) -> bool:
    """Of another interface than loopback."""
    return any(True for _ in _compared(rule)) and not _is_loopback(rule)


def _dump(asked: int, answered: int) -> Iterator[Attributes]:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER) as netlink:
        netlink.settimeout(1)
        netlink.send(struct.pack("=IHHIIBBH", 20, asked, REQUEST_DUMP, 1, 0, 0, 0, 0))
        while True:
            data = netlink.recv(BUFFER_BYTES)
            while len(data) >= 20:
                length, kind = struct.unpack_from("=IH", data)
                if kind == ERROR:
                    _raise_refusal(data)
                if kind in (ERROR, DONE) or length < 20:
                    return
                if kind == answered:
                    yield _parsed(data[20:length])
                data = data[-(-length // 4) * 4 :]


def _raise_refusal(answer: bytes) -> None:
    """Tell a kernel that does not let this process ask from one that has nothing to tell."""
    (number,) = struct.unpack_from("=i", answer, 16)
    if -number in (errno.EPERM, errno.EACCES):
        raise PermissionError(-number, "nftables may not be asked")


def _listed(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Netlink attributes: length and kind, two bytes each, then the value, padded to four."""
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        if length < 4:
            return
        yield kind & 0x3FFF, data[4:length]
        data = data[-(-length // 4) * 4 :]


def _parsed(data: bytes) -> Attributes:
    return dict(_listed(data))
