"""An engine looks the same in every chart."""

from __future__ import annotations

from bench.analysis.curves import Curve
from bench.page.charts import theme
from bench.page.charts.kinds import colour_of, shape_of
from bench.page.charts.percentiles import hues
from bench.spec import ENGINES


def looks(kinds: list[str]) -> list[tuple[str, str]]:
    colour, shape = (of("kind", kinds).to_dict()["scale"] for of in (colour_of, shape_of))
    assert colour["domain"] == shape["domain"] == kinds, "they share a legend"
    return list(zip(colour["range"], shape["range"], strict=True))


def test_an_engine_has_its_colour_and_shape_whatever_stands_beside_it() -> None:
    assert looks(["bpf_sweep", "bpf_timer"])[1] == looks(["bpf_timer", "user_gc"])[0]
    assert looks(["tcp, lru", "tcp, bpf_timer"])[1] == looks(["bpf_timer"])[0]


def test_no_two_engines_look_alike() -> None:
    found = looks(list(ENGINES))
    assert all(len(set(part)) == len(ENGINES) for part in zip(*found, strict=True))


def test_hues_stand_out_on_white_and_on_black() -> None:
    for hue in theme.PALETTE:
        light = luminance(hue)
        assert 1.05 / (light + 0.05) >= 3 and (light + 0.05) / 0.05 >= 3, hue


def luminance(hue: str) -> float:
    """Of WCAG 2."""
    shares = [int(hue[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [s / 12.92 if s <= 0.03928 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return sum(w * s for w, s in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def curve(engine: str) -> Curve:
    return Curve(engine, f"tcp, {engine}", ENGINES[engine], True, ())


def test_curves_have_the_colour_of_their_engine_where_there_are_several() -> None:
    found = [curve("user_gc"), curve("bpf_timer"), curve("user_gc")]
    mine, theirs = (looks([name])[0][0] for name in ("bpf_timer", "user_gc"))
    assert hues(found, found[1:]) == [mine, theirs]
    assert len(set(hues(found[:1], [found[0]] * 5))) == 5, "of one engine their places differ"


def test_other_kinds_are_told_apart_by_their_place() -> None:
    assert looks(["p50", "p99"]) == looks(["with timers", "idle host"])
