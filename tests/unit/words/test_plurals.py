from __future__ import annotations

import pytest

from bench.words.plurals import counted, plural


@pytest.mark.parametrize(
    ("count", "expected"),
    [(0, "0 trials"), (1, "1 trial"), (2, "2 trials"), (1_000, "1,000 trials")],
)
def test_a_count_with_its_noun(count: int, expected: str) -> None:
    assert counted(count, "trial") == expected


def test_an_irregular_form_is_given() -> None:
    assert [counted(n, "does", "do") for n in (1, 5)] == ["1 does", "5 do"]
    assert [plural(n, "it is", "they are") for n in (1, 0)] == ["it is", "they are"]
