"""From an address to the kernel function that it lies in. Pure."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

TEXT_KINDS = frozenset("tTwW")
"""Types of kallsyms that are code."""
PROGRAM = "(program)"
"""The scripted program itself, as a function."""
UNKNOWN = "(unknown)"
_OURS = re.compile(r"bpf_prog_[0-9a-f]{16}_\w+")
_COLD = re.compile(r"\.cold(\.\d+)?$")
_BOUNDARY = re.compile(
    r"^_*\w*text\w*(_(start|end|begin))?$|^_(stext|etext|text|sinittext)$|^__\w+_(start|end|begin)$"
)
_FAR = 1 << 20
"""Bytes: no function is so long, so what is further from any lies in none."""


@dataclass(frozen=True, slots=True)
class Symbols:
    """Sorted addresses, and the name of the function that begins at each."""

    addresses: list[int]
    names: list[str]

    def at(self, address: int) -> tuple[str, int]:
        """Function and offset within it; UNKNOWN with the address itself if there is none."""
        place = bisect_right(self.addresses, address) - 1
        if place < 0 or address - self.addresses[place] >= _FAR:
            return UNKNOWN, address
        return self.names[place], address - self.addresses[place]


def read_symbols(kallsyms: str) -> Symbols:
    """Symbols from the text of /proc/kallsyms."""
    found = sorted(_code(kallsyms.splitlines()))
    addresses, names = [], []
    for address, rows in groupby(found, key=itemgetter(0)):
        addresses.append(address)
        names.append(_chosen([(kind, name) for _, kind, name in rows]))
    return Symbols(addresses, names)


def _code(lines: Iterable[str]) -> Iterable[tuple[int, str, str]]:
    for line in lines:
        address, kind, name = line.split()[:3]
        if kind in TEXT_KINDS:
            yield int(address, 16), kind, name


def _chosen(aliases: list[tuple[str, str]]) -> str:
    """One of the names of an address: no section's bound, global, plain, always the same."""
    _, name = min(aliases, key=_rank)
    if _OURS.fullmatch(name):
        return PROGRAM
    return _COLD.sub("", name)


def _rank(alias: tuple[str, str]) -> tuple[bool, bool, int, int, str]:
    kind, name = alias
    underscores = len(name) - len(name.lstrip("_"))
    return bool(_BOUNDARY.match(name)), kind not in "TW", underscores, len(name), name
