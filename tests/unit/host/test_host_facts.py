from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bench.host.facts import NOTHING, chosen, number_of, shrunk, text_of

Tree = Callable[[dict[str, str]], Path]


def test_texts_and_numbers(tree: Tree) -> None:
    root = tree({"a": " tsc \n", "empty": "\n", "n": "250\n", "bad": "x\n"})
    assert text_of("a")(root) == "tsc"
    assert text_of("empty")(root) == NOTHING
    assert text_of("missing")(root) is None
    assert number_of("n")(root) == 250
    assert number_of("bad")(root) is None
    assert number_of("missing")(root) is None


def test_chosen_word() -> None:
    assert chosen("none [integrity] confidentiality") == "integrity"
    assert chosen("none integrity") is None
    assert chosen(None) is None


def test_values_of_cpus_are_shrunk() -> None:
    assert shrunk({}) is None
    assert shrunk({0: "performance", 3: "performance"}) == "performance"
    assert shrunk({0: "a", 1: "b", 8: "a"}) == "a (cpu 0,8), b (cpu 1)"
