"""An engine looks the same in every chart."""

from __future__ import annotations

from bench.page.charts.kinds import colour_of, shape_of
from bench.spec import ENGINES


def looks(kinds: list[str]) -> list[tuple[str, str]]:
    colour, shape = (of("kind", kinds).to_dict()["scale"] for of in (colour_of, shape_of))
    assert colour["domain"] == shape["domain"] == kinds, "they share a legend"
    return list(zip(colour["range"], shape["range"], strict=True))


def test_an_engine_has_its_colour_and_shape_whatever_stands_beside_it() -> None:
    assert looks(["bpf_sweep", "bpf_timer"])[1] == looks(["bpf_timer", "user_gc"])[0]
    assert looks(["tcp, lru", "tcp, bpf_timer"])[1] == looks(["bpf_timer"])[0]


def test_no_two_engines_look_alike() -> None:
    assert len(set(looks(list(ENGINES)))) == len(ENGINES)


def test_other_kinds_are_told_apart_by_their_place() -> None:
    assert looks(["p50", "p99"]) == looks(["with timers", "idle host"])
