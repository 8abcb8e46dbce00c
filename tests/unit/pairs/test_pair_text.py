from __future__ import annotations

import json
import math
from collections.abc import Callable

import pytest

from bench.pairs.changes import Pairs
from bench.pairs.finding import find_out
from bench.pairs.text import document, lines, margin_of, need_line
from bench.quantities.callbacks import P99, SERVED
from bench.record import PairedQuestion
from bench.spec import Cell


@pytest.fixture
def question(make_cell: Callable[..., Cell]) -> PairedQuestion:
    a, b = make_cell(map_size=1_000), make_cell(map_size=2_000)
    return PairedQuestion(a=a, b=b, metric="p99 lateness", margin=0.1, pairs=40)


def test_the_answer_says_on_what_it_rests(question: PairedQuestion) -> None:
    pairs = Pairs(changes=[math.log(1.5)] * 8, dropped=1)
    text = "\n".join(lines(question, P99, pairs, find_out(pairs.changes, math.log(1.1))))
    assert "p99 lateness: b is worse than a, by a margin of 10%; median change +50%" in text
    assert "95% interval at any look: +50% to +50%" in text
    assert "9 pairs, 40 at most; 1 was left out because the host spoilt a trial" in text


def test_an_open_question_names_what_it_lacks(question: PairedQuestion) -> None:
    finding = find_out([0.0, math.nan], 0.1, last=True)
    text = "\n".join(lines(question, P99, Pairs(changes=[0.0, math.nan], dropped=0), finding))
    assert "it cannot be told whether b is worse than a" in text
    assert "1 says nothing and counts against every answer" in text
    assert "40 is needed" in need_line(finding)


def test_changes_are_of_the_metric_itself_in_json(question: PairedQuestion) -> None:
    pairs = Pairs(changes=[0.02] * 7 + [math.inf], dropped=0)
    found = document(question, SERVED, pairs, find_out(pairs.changes, margin_of(SERVED, 0.01)))
    assert json.loads(json.dumps(found, allow_nan=False))["change"] == pytest.approx(-0.02)
    assert found["interval"] == [None, pytest.approx(-0.02)]
    assert found["verdict"] == "worse" and found["margin"] == 0.1
