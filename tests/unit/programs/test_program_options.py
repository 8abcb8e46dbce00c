from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.cli.programs_table import programs_document
from bench.errors import UsageError
from bench.programs.option import complete
from bench.spec import Cell
from bench.spec.option import Option, choice, count, duration

OPTIONS = (
    Option("packets_hz", "Packets per second.", 0, count(0, 1_000_000)),
    Option("period_ns", "Time between scans.", 10_000_000, duration(1)),
    Option("kind", "Which.", "a", choice("a", "b")),
)
MakeCell = Callable[..., Cell]


def test_options_that_are_not_given_have_their_defaults(make_cell: MakeCell) -> None:
    cell = complete(make_cell(), OPTIONS)
    assert dict(cell.options) == {"packets_hz": 0, "period_ns": 10_000_000, "kind": "a"}
    assert complete(cell, OPTIONS) == cell


def test_values_are_parsed_into_base_units(make_cell: MakeCell) -> None:
    given = {"packets_hz": "10k", "period_ns": "2ms", "kind": "b"}
    cell = complete(make_cell(options=given), OPTIONS)
    assert (cell.number("packets_hz"), cell.number("period_ns")) == (10_000, 2_000_000)
    assert cell.option("kind") == "b"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"packets_hz": "2m"}, "option packets_hz: '2m' is outside of 0 to 1000000"),
        ({"period_ns": "10"}, "option period_ns: .*10"),
        ({"kind": "c"}, "option kind: 'c' is not one of a, b"),
    ],
)
def test_a_wrong_value_names_the_option(
    given: dict[str, str], message: str, make_cell: MakeCell
) -> None:
    with pytest.raises(UsageError, match=message):
        complete(make_cell(options=given), OPTIONS)


def test_an_unknown_option_names_those_there_are(make_cell: MakeCell) -> None:
    with pytest.raises(UsageError, match="program resident has no option speed") as caught:
        complete(make_cell(options={"speed": 1}), OPTIONS)
    assert caught.value.remedy == "It has: packets_hz, period_ns, kind"


HIDDEN = Option("work", "For tests.", 0, count(), hidden=True)


def test_a_hidden_option_is_in_cells_that_ask_for_it_only(make_cell: MakeCell) -> None:
    assert complete(make_cell(), [HIDDEN]) == complete(make_cell(options={"work": "0"}), [HIDDEN])
    assert complete(make_cell(), [HIDDEN]).options == ()
    assert complete(make_cell(options={"work": "1k"}), [HIDDEN]).options == (("work", 1_000),)


def test_a_hidden_option_is_not_shown(make_cell: MakeCell) -> None:
    with pytest.raises(UsageError) as refused:
        complete(make_cell(options={"works": "1"}), [HIDDEN])
    assert refused.value.remedy == "Leave it out: it has none"
    assert programs_document()["resident"]["options"] == {}
