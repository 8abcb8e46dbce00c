"""Two of population, load and timeout are stated; the third follows."""

from __future__ import annotations

from typing import Any

import pytest

from bench.cli.options import sweep_of
from bench.control import reference_of
from bench.errors import UsageError
from bench.programs.registry import find
from bench.spec import AXES, Cell, Sweep
from bench.sweep.plan import expand, trial_seconds
from bench.sweep.sweep_file import parse_sweep
from bench.sweep.sweep_text import sweep_yaml
from bench.units import NS_PER_S
from bench.words.cells import cell_text


def cells_of(sweep: Sweep | None) -> list[Cell]:
    assert sweep is not None
    cells = expand(sweep, lambda cell: find(cell.program).normalise(cell))
    return [cell for cell in cells if cell.control is None]


def by_options(**axes: str) -> list[Cell]:
    return cells_of(sweep_of(None, {"program": "tcp", **axes}))


def by_file(**axes: str) -> list[Cell]:
    written = ", ".join(f"{key}: {value}" for key, value in axes.items())
    return cells_of(parse_sweep(f"cells: [{{program: tcp, {written}}}]", file="my.yaml"))


BOTH_WAYS = pytest.mark.parametrize("written", [by_options, by_file])
S = NS_PER_S


@BOTH_WAYS
@pytest.mark.parametrize(
    ("axes", "expected"),
    [
        ({"population": "1500k", "load": "5k"}, (1_500_000, 5_000, 300 * S)),
        ({"population": "1500k", "timeout": "300s"}, (1_500_000, 5_000, 300 * S)),
        ({"population": "auto", "load": "5k", "timeout": "300s"}, (1_500_000, 5_000, 300 * S)),
        ({"population": "100k", "load": "5k", "ends": "both"}, (100_000, 5_000, 10 * S)),
        ({"population": "auto", "load": "5k", "timeout": "1s", "ends": "both"}, (10_000, 5_000, S)),
        ({"population": "50k", "load": "5k", "timeout": "10s"}, (50_000, 5_000, 10 * S)),
        # Rates are whole numbers: 3,333.3 connections per second
        ({"population": "1m", "timeout": "300s"}, (1_000_000, 3_333, 300 * S)),
    ],
)
def test_the_third_follows(written: Any, axes: dict[str, str], expected: tuple[int, ...]) -> None:
    (cell,) = written(**axes)
    assert (cell.population, cell.load_hz, cell.timeout_ns) == expected


@BOTH_WAYS
@pytest.mark.parametrize(
    ("axes", "problem"),
    [
        (
            {"population": "50k", "load": "5k", "timeout": "1s"},
            "load 5k and timeout 1s contradict population 50k: they keep 5,000 timers alive at "
            "one end of each connection",
        ),
        (
            {"population": "50k", "load": "5k", "timeout": "10s", "ends": "both"},
            "load 5k and timeout 10s contradict population 50k: they keep 100,000 timers alive "
            "at both ends of each connection",
        ),
        ({"population": "50k"}, "population 50k does not say its load and timeout"),
        ({"population": "auto", "load": "auto", "timeout": "1s"}, "does not say its load"),
        ({"population": "50k", "load": "max"}, "needs a rate of connections, but load is max"),
        ({"population": "50k", "load": "0"}, "is of connections, but load is 0"),
        ({"load": "auto"}, "load auto is to follow from a population, but there is none"),
        ({"population": "1k", "timeout": "1us"}, "load would be more than 10m"),
        ({"population": "1", "timeout": "1h"}, "load would be less than 1"),
    ],
)
def test_what_contradicts_itself_is_refused_by_name(
    written: Any, axes: dict[str, str], problem: str
) -> None:
    with pytest.raises(UsageError, match=problem):
        written(**axes)


@pytest.mark.parametrize(
    ("axes", "size"),
    [
        ({"population": "50k", "load": "5k"}, 65_536),
        ({"population": "52428", "load": "5k"}, 65_536),
        ({"population": "52429", "load": "5k"}, 131_072),
        ({"population": "1500k", "load": "5k"}, 2_097_152),
        ({"population": "50k", "load": "5k", "map_type": "lru_hash"}, 50_000),
        ({"population": "50k", "load": "5k", "map_size": "60k"}, 60_000),
        ({"load": "5k"}, 65_536),
        ({"load": "5k", "map_size": "auto"}, 65_536),
    ],
)
def test_the_map_has_room_unless_its_size_is_stated(axes: dict[str, str], size: int) -> None:
    (cell,) = by_options(**axes)
    assert cell.map_size == size


@pytest.mark.parametrize(
    ("axes", "size"),
    [
        ({"population": "50k", "load": "5k"}, 262_144),
        ({"load": "5k"}, 131_072),
        ({"load": "5k", "map_size": "150k"}, 150_000),
    ],
)
def test_it_has_room_for_what_is_held_as_well(axes: dict[str, str], size: int) -> None:
    grid = ", ".join(f"{key}: {value}" for key, value in axes.items())
    text = f"cells: [{{program: tcp, {grid}, options: {{held: [0, 100k]}}}}]"
    plain, held = cells_of(parse_sweep(text, file="my.yaml"))
    assert held.map_size == size and dict(held.options) == {"held": 100_000}
    assert plain.options == ()
    find("tcp").check(held)
    for control in (reference_of(held), reference_of(plain)):
        assert control.options == ()


def test_what_an_lru_map_would_evict_cannot_be_held() -> None:
    text = "cells: [{program: tcp, map_type: lru_hash, load: 5k, options: {held: 100}}]"
    (cell,) = cells_of(parse_sweep(text, file="my.yaml"))
    with pytest.raises(UsageError, match="an evicting map, lru_hash, loses first what is held"):
        find("tcp").check(cell)


def test_a_list_of_populations_has_a_third_for_each() -> None:
    cells = by_options(population="10k,50k", load="5k")
    assert [cell.timeout_ns for cell in cells] == [2 * S, 10 * S]
    assert [cell.map_size for cell in cells] == [16_384, 65_536]


def test_flows_of_connections_have_one_as_well() -> None:
    (cell,) = cells_of(sweep_of(None, {"program": "xdp_gc", "population": "50k", "load": "5k"}))
    assert (cell.timeout_ns, cell.map_size) == (10 * S, 65_536)


def test_a_map_too_small_is_refused() -> None:
    (cell,) = by_options(population="50k", load="5k", map_size="40k")
    with pytest.raises(UsageError, match="map size 40k cannot hold a population of 50k"):
        find("tcp").check(cell)
    (evicting,) = by_options(population="50k", load="5k", map_size="40k", map_type="lru_hash")
    find("tcp").check(evicting)


def test_a_sweep_with_what_follows_can_be_run_again() -> None:
    sweep = sweep_of(None, {"program": "tcp", "population": "10k,50k", "load": "5k"})
    assert sweep is not None
    again = parse_sweep(sweep_yaml(sweep), file="my.yaml")
    assert cells_of(again) == cells_of(sweep)


def test_only_cells_with_a_population_say_so() -> None:
    (cell,) = by_options(population="50k", load="5k")
    assert cell_text(cell) == "tcp 65536 x 10s, load 5k, population 50k"
    (plain,) = by_options(load="5k", timeout="10s")
    assert cell_text(plain) == "tcp 65536 x 10s, load 5k"
    axis = next(axis for axis in AXES if axis.key == "population")
    assert (axis.of(cell), axis.of(plain), axis.text(None)) == ("50k", "-", "none")


def test_the_load_alone_has_none() -> None:
    (cell,) = by_options(population="50k", load="5k")
    (plain,) = by_options(load="5k", timeout="10s")
    assert reference_of(cell) == reference_of(plain)


def test_a_trial_does_not_wait_for_it() -> None:
    sweep = sweep_of(None, {"program": "tcp", "population": "1500k", "load": "5k"})
    assert sweep is not None
    (cell,) = cells_of(sweep)
    assert trial_seconds(cell, sweep) < 20
