"""The part in C of the package ``hdrhistogram``, for guests of an architecture it has no wheel of.

A guest has this file as the module ``pyhdrh``. Counters are encoded as ZigZag LEB128 words of at
most nine bytes, runs of zeros as one negative word: HdrHistogram's encoding V2.
"""

from __future__ import annotations

import ctypes
from typing import Any

_WORDS: dict[int, Any] = {2: ctypes.c_uint16, 4: ctypes.c_uint32, 8: ctypes.c_uint64}
_LAST = 8
"""Place of a word's ninth byte, which has eight bits."""
_MASK = (1 << 64) - 1


def _counters(address: int, count: int, word_size: int) -> Any:
    return (_WORDS[word_size] * count).from_address(address)


def _word(value: int) -> bytes:
    left = ((value << 1) ^ (value >> 63)) & _MASK
    out = bytearray()
    while left > 0x7F and len(out) < _LAST:
        out.append(left & 0x7F | 0x80)
        left >>= 7
    out.append(left)
    return bytes(out)


def encode(counts: int, count: int, word_size: int, into: int, size: int) -> int:
    """Encode counters at an address to another one; how many bytes that took."""
    out, zeros = bytearray(), 0
    for value in _counters(counts, count, word_size):
        if value:
            out += (_word(-zeros) if zeros else b"") + _word(value)
            zeros = 0
        else:
            zeros += 1
    out += _word(-zeros) if zeros else b""
    if len(out) > size:
        raise ValueError(f"no room for an encoding of length {len(out)}: {size}")
    ctypes.memmove(into, bytes(out), len(out))
    return len(out)


def decode(data: bytes, offset: int, counts: int, count: int, word_size: int) -> dict[str, int]:
    """Decode counters to an address: their sum, and the places of the first and the last."""
    into = _counters(counts, count, word_size)
    total, first, last, place = 0, -1, -1, 0
    while offset < len(data):
        value, offset = _next(data, offset)
        if value < 0:
            place -= value
            continue
        if place >= count:
            raise IndexError(f"no room for a counter at {place}: {count}")
        if value:
            into[place] = value
            total, first, last = total + value, place if first < 0 else first, place
        place += 1
    return {"total": total, "min_nonzero_index": first, "max_nonzero_index": last}


def _next(data: bytes, offset: int) -> tuple[int, int]:
    word, place = 0, 0
    while True:
        byte = data[offset]
        offset += 1
        if place == _LAST or byte < 0x80:
            word |= byte << (7 * place)
            return (word >> 1) ^ -(word & 1), offset
        word |= (byte & 0x7F) << (7 * place)
        place += 1


def add_array(into: int, other: int, count: int, word_size: int) -> None:
    """Add counters at an address to those at another one."""
    ours, theirs = _counters(into, count, word_size), _counters(other, count, word_size)
    for place in range(count):
        ours[place] += theirs[place]
