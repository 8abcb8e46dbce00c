from __future__ import annotations

import pytest

from bench.cli.lists import repeated


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("--base a b --new c", "--base a --base b --new c"),
        ("--base a b c --json --new d e", "--base a --base b --base c --json --new d --new e"),
        ("--base a --base b", "--base a --base b"),
        ("a b --json", "a b --json"),
        ("--base=a b", "--base=a b"),
    ],
)
def test_an_option_is_put_before_each_further_value(words: str, wanted: str) -> None:
    assert list(repeated(words.split(), {"--base", "--new"})) == wanted.split()
