from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.units import (
    exact_count,
    exact_duration,
    format_count,
    format_duration,
    format_percent,
    parse_count,
    parse_duration,
    parse_size,
)

NATURAL = st.integers(min_value=0, max_value=2**63)


@given(NATURAL)
def test_exact_duration_is_read_back(ns: int) -> None:
    assert parse_duration(exact_duration(ns)) == ns


@given(NATURAL)
def test_exact_count_is_read_back(value: int) -> None:
    assert parse_count(exact_count(value)) == value


@given(NATURAL)
def test_integers_are_base_units(value: int) -> None:
    assert parse_duration(value) == parse_count(value) == value


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("100us", 100_000),
        ("100µs", 100_000),
        ("100\u03bcs", 100_000),
        (" 1.5 S ", 1_500_000_000),
        ("1m", 60_000_000_000),
        ("0", 0),
        ("0.5us", 500),
    ],
)
def test_durations(text: str, ns: int) -> None:
    assert parse_duration(text) == ns


@pytest.mark.parametrize(
    ("text", "value"), [("1k", 1_000), ("1.5K", 1_500), ("65536", 65_536), ("1m", 1_000_000)]
)
def test_counts(text: str, value: int) -> None:
    assert parse_count(text) == value


@pytest.mark.parametrize("bad", ["", "ms", "1 fortnight", "100", "0.1ns", "1e3ms", "1:30", "--1s"])
def test_bad_durations_are_named(bad: str) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(bad))):
        parse_duration(bad)


@pytest.mark.parametrize("bad", ["", "k", "1.5", "1ms", "1_000", "0x10"])
def test_bad_counts_are_named(bad: str) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(bad))):
        parse_count(bad)


@pytest.mark.parametrize("parse", [parse_duration, parse_count])
@pytest.mark.parametrize("bad", [None, True, 1.5, [1], {}])
def test_other_types_are_refused(parse: object, bad: object) -> None:
    assert callable(parse)
    with pytest.raises(ValueError, match="write it like"):
        parse(bad)


@given(st.integers(min_value=1, max_value=10**18))
def test_displayed_duration_is_within_half_a_per_cent(ns: int) -> None:
    number, unit = re.fullmatch(r"([\d.]+)(ns|µs|ms|s)", format_duration(ns)).groups()
    shown = float(number) * {"ns": 1, "µs": 1e3, "ms": 1e6, "s": 1e9}[unit]
    assert shown == pytest.approx(ns, rel=0.005)


@given(st.integers(min_value=1, max_value=10**14))
def test_displayed_count_is_within_half_a_per_cent(value: int) -> None:
    number, unit = re.fullmatch(r"([\d.]+)([kMG]?)", format_count(value)).groups()
    shown = float(number) * {"": 1, "k": 1e3, "M": 1e6, "G": 1e9}[unit]
    assert shown == pytest.approx(value, rel=0.005)


def test_none_is_a_dash() -> None:
    assert {format_count(None), format_duration(None), format_percent(None)} == {"-"}


@pytest.mark.parametrize(
    ("ratio", "text"), [(0.9834, "98.3%"), (1.0, "100%"), (0.0, "0%"), (12.0, "1200%")]
)
def test_percent(ratio: float, text: str) -> None:
    assert format_percent(ratio) == text


@pytest.mark.parametrize(
    ("ns", "text"), [(999, "999ns"), (999.6, "1µs"), (18_432, "18.4µs"), (999_600, "1ms")]
)
def test_rounding_carries_into_the_next_unit(ns: float, text: str) -> None:
    assert format_duration(ns) == text


@pytest.mark.parametrize(("text", "size"), [("512MiB", 512 << 20), ("2gib", 2 << 30), (7, 7)])
def test_sizes_are_bytes(text: str | int, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["512", "2GB", "x", "0.3KiB"])
def test_a_size_without_a_binary_unit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"KiB, MiB, GiB, TiB|is not a size|whole number"):
        parse_size(text)
