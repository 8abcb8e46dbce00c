"""Inputs that are nearly right: real files with something changed in them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

MOST_BYTES = 200_000
WORDS: tuple[bytes, ...] = (
    b"\x00", b"\xff\xfe", b"\n", b"\t", b"\x1b[2J\x1b]0;x\x07", b"<script>alert(1)</script>",
    b"../../../../etc/passwd", b"/etc/passwd", b"NaN", b"-Infinity", b"1e999", b"-1", b"0",
    b"9" * 400, b"1" * 5000, b"null", b"true", b"[]", b"{}", b"&a [*a, *a]",
    b"!!python/object:os.system", b"{{ lookup('pipe', 'id') }}",
    b"$(touch /tmp/fuzzed)", b"`id`", b"%s%n", b"\xe2\x80\xae",
    b": ", b"- ",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, -(2**63), 10**30, 0.5, -0.0, 1e308,
    float("inf"), float("nan"), "", "x", "../../etc/passwd", "/etc/passwd", "\x1b[31mred", "\x00",
    "<img src=x onerror=a()>",
    "a" * 10_000, "0", "1e9", [], {}, [[]], [None], {"": None}, {"a": 1}, "\ud800", "1ms", "-",
    "..",
)  # fmt: skip
NAMES = ("", "x", "../x", "/etc", "..", "\x1b[1m")
Change = Callable[[Random, bytes, Sequence[bytes]], bytes]


def mutated(random: Random, corpus: Sequence[bytes]) -> bytes:
    """One of the corpus, changed once to a few times."""
    data = random.choice(corpus)
    for _ in range(random.choice((1, 1, 1, 2, 3, 8))):
        data = random.choice(CHANGES)(random, data, corpus)
    return data[:MOST_BYTES]


def _place(random: Random, data: bytes) -> int:
    return random.randrange(len(data) + 1)


def _span(random: Random, data: bytes) -> tuple[int, int]:
    begin = _place(random, data)
    return begin, min(len(data), begin + random.choice((1, 2, 8, 64, 1000)))


def _flip(random: Random, data: bytes, corpus: Sequence[bytes]) -> bytes:
    at = _place(random, data)
    return data[:at] + bytes([random.randrange(256)]) + data[at + 1 :]


def _cut(random: Random, data: bytes, corpus: Sequence[bytes]) -> bytes:
    begin, end = _span(random, data)
    return data[:begin] + data[end:]


def _end(random: Random, data: bytes, corpus: Sequence[bytes]) -> bytes:
    return data[: _place(random, data)]


def _repeat(random: Random, data: bytes, corpus: Sequence[bytes]) -> bytes:
    begin, end = _span(random, data)
    return data[:end] + data[begin:end] * random.choice((1, 2, 50)) + data[end:]


def _insert(random: Random, data: bytes, corpus: Sequence[bytes]) -> bytes:
    at = _place(random, data)
    return data[:at] + random.choice(WORDS) + data[at:]


def _replace(random: Random, data: bytes, corpus: Sequence[bytes]) -> bytes:
    begin, end = _span(random, data)
    return data[:begin] + random.choice(WORDS) + data[end:]


def _splice(random: Random, data: bytes, corpus: Sequence[bytes]) -> bytes:
    begin, end = _span(random, data)
    other = random.choice(corpus)
    first, last = _span(random, other)
    return data[:begin] + other[first:last] + data[end:]


def _nest(random: Random, data: bytes, corpus: Sequence[bytes]) -> bytes:
    at, depth = _place(random, data), random.choice((5, 500, 20_000))
    opening, closing = random.choice(((b"[", b"]"), (b'{"a":', b"}")))
    return data[:at] + opening * depth + b"1" + closing * depth + data[at:]


def _value(random: Random, data: bytes, corpus: Sequence[bytes]) -> bytes:
    """Another value, key or number of values, in a document that stays JSON."""
    try:
        lines = data.splitlines()
        number = random.randrange(len(lines)) if len(lines) > 1 and lines[0][-1:] == b"}" else None
        document = json.loads(data if number is None else lines[number])
    except (ValueError, RecursionError):
        return _insert(random, data, corpus)
    changed = json.dumps(_changed(random, document)).encode("utf-8", "surrogatepass")
    if number is None:
        return changed
    return b"\n".join([*lines[:number], changed, *lines[number + 1 :]]) + b"\n"


def _changed(random: Random, node: Any) -> Any:
    if not isinstance(node, dict | list) or not node or random.random() < 0.05:
        return random.choice(VALUES)
    if isinstance(node, list):
        at = random.randrange(len(node))
        return [*node[:at], _changed(random, node[at]), *node[at + 1 :]]
    key = random.choice(list(node))
    if random.random() < 0.1:
        return {name: value for name, value in node.items() if name != key}
    if random.random() < 0.05:
        return node | {random.choice(NAMES): random.choice(VALUES)}
    return node | {key: _changed(random, node[key])}


CHANGES: tuple[Change, ...] = (
    _flip, _cut, _end, _repeat, _insert, _replace, _splice, _nest, _value, _value, _value, _value,
)  # fmt: skip
