from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.cli.options import _AXES, _SWEEP_KEYS, sweep_of, sweep_options
from bench.errors import UsageError
from bench.spec import MAX_EXPIRY_NS, MAX_LOAD_HZ, MAX_MAP_SIZE, Grid, Sweep
from bench.units import NS_PER_S, exact_count, exact_duration

Parse = Callable[..., Sweep | None]

OVERLOAD = f"--allow-overload={os.uname().nodename}"


@click.command()
@sweep_options()
@click.option("--from", "source")
def described(source: str | None, **given: Any) -> Sweep | None:
    return sweep_of(source, given)


def parse(*words: str) -> Sweep | None:
    result = described.main(args=list(words), prog_name="bench", standalone_mode=False)
    assert result is None or isinstance(result, Sweep)
    return result


def grid_of(*words: str) -> Grid:
    found = parse("--program", "resident", *words)
    assert found is not None
    (grid,) = found.cells
    return grid


AXES = [
    ("map_size", "1k,100k", (1_000, 100_000)),
    ("timeout", "100us, 1ms", (100_000, 1_000_000)),
    ("load", "0,5k,max", (0, 5_000, None)),
    ("map_type", "array,hash_noprealloc", ("array", "hash_noprealloc")),
    ("engine", "timerfd,user_gc", ("timerfd", "user_gc")),
    ("outer_map", "none,hash_of_maps", ("none", "hash_of_maps")),
    ("timeout_shape", "uniform,exponential", ("uniform", "exponential")),
    ("mode", "one_shot", ("one_shot",)),
    ("flags", "none,cpu_pin+abs", ((), ("abs", "cpu_pin"))),
    ("clock", "boottime", ("boottime",)),
    ("phase", "burst,even", ("burst", "even")),
    ("rearm", "relative", ("relative",)),
    ("arm_cpus", "one", ("one",)),
    ("load_shape", "poisson", ("poisson",)),
    ("ip", "ipv4,ipv6", ("ipv4", "ipv6")),
    ("hold", "0,2s", (0, 2 * NS_PER_S)),
    ("payload", "1k", (1_000,)),
    ("instrument", "empty,full", ("empty", "full")),
    ("observer", "procfs,none", ("procfs", "none")),
]
KEYS = [
    ("duration", "250ms", 250_000_000),
    ("warmup", "0", 0),
    ("repeat", "7", 7),
    ("seed", "12", 12),
    ("pilot", "4s", 4_000_000_000),
    ("precision", "5%", 0.05),
    ("precision_metric", "p50 lateness", "p50 lateness"),
    ("budget", "2m", 120_000_000_000),
    ("max_steal", "0.25", 0.25),
    ("controls", "full", "full"),
]


def flag(name: str) -> str:
    return "--" + name.replace("_", "-")


@pytest.mark.parametrize(("name", "text", "expected"), AXES)
def test_an_axis_sets_its_field_and_no_other(name: str, text: str, expected: object) -> None:
    found, default = grid_of(flag(name), text), Grid(program="resident")
    assert getattr(found, name) == expected
    others = [item.name for item in fields(Grid) if item.name != name]
    assert [getattr(found, other) for other in others] == [getattr(default, o) for o in others]


@pytest.mark.parametrize(("name", "text", "expected"), KEYS)
def test_a_key_sets_its_field_and_no_other(name: str, text: str, expected: object) -> None:
    found = parse("--program", "resident", flag(name), text)
    default = parse("--program", "resident")
    assert found is not None and default is not None
    assert getattr(found, name) == expected
    others = [item.name for item in fields(Sweep) if item.name != name]
    assert [getattr(found, other) for other in others] == [getattr(default, o) for o in others]


def test_every_option_is_tried_here_and_every_axis_has_an_option() -> None:
    # A population changes what is not said of others: tests/unit/sweep/test_population.py.
    assert {name for name, _, _ in AXES} | {"program", "hook", "ends", "population"} == set(_AXES)
    assert {name for name, _, _ in KEYS} == set(_SWEEP_KEYS)
    assert {item.name for item in fields(Grid)} - set(_AXES) == {"options"}


def test_a_program_s_own_axes_are_given_by_name() -> None:
    found = grid_of("--option", "packets_hz=0,10k", "--option", "kind=a")
    assert found.options == (("kind", ("a",)), ("packets_hz", ("0", "10k")))


@pytest.mark.parametrize("text", ["packets_hz", "=5", "packets_hz="])
def test_an_axis_of_its_own_without_name_or_value_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=f"--option '{text}' is not allowed"):
        grid_of("--option", text)


def test_politeness_is_asked_for() -> None:
    plain, polite = parse("--program", "tcp"), parse("--program", "tcp", "--polite")
    assert plain is not None and polite is not None
    assert (plain.polite, polite.polite) == (False, True)


def test_overload_is_allowed_only_on_request() -> None:
    plain, allowed = parse("--program", "tcp"), parse("--program", "tcp", OVERLOAD)
    assert plain is not None and allowed is not None
    assert (plain.allow_overload, allowed.allow_overload) == (False, True)
    assert allowed.cells[0].program == "tcp"


@given(
    st.lists(st.integers(1, MAX_MAP_SIZE), min_size=1, max_size=4),
    st.lists(st.integers(1, MAX_EXPIRY_NS), min_size=1, max_size=4),
    st.lists(st.none() | st.integers(0, MAX_LOAD_HZ), min_size=1, max_size=4),
)
def test_exact_texts_come_back_as_their_values(
    sizes: list[int], timeouts: list[int], loads: list[int | None]
) -> None:
    found = grid_of(
        *("--map-size", ",".join(exact_count(size) for size in sizes)),
        *("--timeout", ",".join(exact_duration(ns) for ns in timeouts)),
        *("--load", ",".join("max" if hz is None else exact_count(hz) for hz in loads)),
    )
    assert found.map_size == tuple(sizes)
    assert found.timeout == tuple(timeouts)
    assert found.load == tuple(loads)


WRONG = [
    *[(name, "nosuch") for name, _, _ in AXES],
    *[(name, "nosuch") for name, _, _ in KEYS],
    *[("map_size", "0"), ("map_size", ""), ("timeout", "0"), ("timeout", "5"), ("load", "-1")],
    *[("load", "11m"), ("payload", "2m"), ("hold", "-1s"), ("duration", "1ms"), ("repeat", "0")],
    *[("seed", "-1"), ("seed", "1.5"), ("max_steal", "1.1"), ("max_steal", "nan")],
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_is_refused_by_option_and_value(name: str, value: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse("--program", "resident", flag(name), value)
    assert caught.value.problem == f"{flag(name)}: {value!r} is not allowed"
    assert caught.value.remedy


def test_the_wrong_one_of_several_values_is_named() -> None:
    with pytest.raises(UsageError, match="--timeout: '5' is not allowed"):
        grid_of("--timeout", "1ms,5,2ms")


def test_a_wrong_choice_is_answered_with_the_right_ones() -> None:
    with pytest.raises(UsageError, match=r"'fentry'.*'tp_btf'.*'sockops'"):
        grid_of("--hook", "nosuch")


def test_nothing_given_is_no_sweep() -> None:
    assert parse() is None


@pytest.mark.parametrize(("name", "value", "_"), KEYS)
def test_keys_without_a_sweep_are_refused_by_name(name: str, value: str, _: object) -> None:
    with pytest.raises(UsageError, match=f"{flag(name)} without a sweep"):
        parse(flag(name), value)


def test_axes_without_a_program_are_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"no program given.*resident, tcp"):
        parse("--map-size", "5")


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "own.yaml"
    path.write_text("repeat: 9\nduration: 2s\nseed: 4\ncells:\n  - program: tcp\n    load: 5k\n")
    return str(path)


def test_a_file_is_taken_as_it_is(file: str) -> None:
    found = parse("--from", file)
    assert found is not None
    assert (found.name, found.repeat, found.duration) == ("own", 9, 2 * NS_PER_S)
    assert found.cells[0].program == "tcp" and found.cells[0].load == (5_000,)


def test_keys_override_those_of_a_file(file: str) -> None:
    found = parse("--from", file, "--repeat", "2", "--warmup", "1ms", OVERLOAD)
    assert found is not None
    assert (found.repeat, found.warmup, found.allow_overload) == (2, 1_000_000, True)
    assert (found.duration, found.seed) == (2 * NS_PER_S, 4)
    assert found.cells[0].program == "tcp", "the cells are the file's"


def test_a_wrong_key_beside_a_file_is_refused_by_option(file: str) -> None:
    with pytest.raises(UsageError, match="--repeat: 'x' is not allowed"):
        parse("--from", file, "--repeat", "x")


def test_axes_beside_a_file_are_refused_by_name(file: str) -> None:
    with pytest.raises(UsageError, match="--map-size, --load cannot be combined with a sweep"):
        parse("--from", file, "--map-size", "5", "--load", "1")


def test_a_file_with_an_unknown_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("cells:\n  - program: nosuch\n")
    with pytest.raises(UsageError, match=r"line 2, .*unknown program 'nosuch'"):
        parse("--from", str(path))


def test_a_hook_sets_its_field_for_a_program_that_has_hooks() -> None:
    found = parse("--program", "tcp", "--load", "1k", "--hook", "fentry, sockops")
    assert found is not None and found.cells[0].hook == ("fentry", "sockops")


def test_both_ends_of_connections_are_asked_for() -> None:
    found = parse("--program", "tcp", "--load", "1k", "--ends", "server,both")
    assert found is not None and found.cells[0].ends == ("server", "both")


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("resident", ("--hook", "tp_btf")),
        ("xdp_gc", ("--ends", "both")),
        ("tcp", ("--phase", "burst")),
        ("tcp", ("--arm-cpus", "one")),
    ],
)
def test_an_axis_that_means_nothing_to_the_program_is_refused(
    program: str, words: tuple[str, str]
) -> None:
    with pytest.raises(UsageError, match=f"program {program} has no use for {words[0]}"):
        parse("--program", program, *words)
