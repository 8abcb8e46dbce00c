from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.cli.limits import document
from bench.errors import BenchError
from bench.limits.claim import ClaimRow
from bench.store.limits_files import merged, parse_limits
from bench.words.claims import Verdict

ROW = ClaimRow(
    "a.b", "a", "claim", "source", "how", "expected", "answer", "EPERM", Verdict.FAILS, "why"
)


def limits_json(kernel: str) -> bytes:
    return json.dumps(document([ROW], kernel)).encode()


def test_what_bench_limits_prints_can_be_read() -> None:
    limits = parse_limits(limits_json("6.18.1"), "x.json")
    [claim], [kernel] = limits.claims, limits.kernels
    assert (claim.id, claim.text, claim.source) == ("a.b", "claim", "source")
    assert (kernel.name, kernel.page, kernel.virtual) == ("6.18.1", "6.18.1", "")
    answer = kernel.answers["a.b"]
    assert (answer.verdict, answer.errno, answer.reason) == (Verdict.FAILS, "EPERM", "why")
    assert [kernel.count(verdict) for verdict in Verdict] == [0, 1, 0]


def test_kernels_of_several_files_have_pages_of_their_own() -> None:
    both = merged([parse_limits(limits_json(name), "x") for name in ("6.1", "6.1", "6.2")])
    assert [kernel.page for kernel in both.kernels] == ["6.1", "6.1-2", "6.2"]
    assert [claim.id for claim in both.claims] == ["a.b"]


@given(name=st.text(max_size=20))
def test_a_page_s_name_is_safe_in_any_folder_and_address(name: str) -> None:
    [kernel] = parse_limits(limits_json(name), "x").kernels
    assert kernel.page.isascii() and not kernel.page.startswith(".")
    assert not set(kernel.page) & set("/\\:?#%& ")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "Expecting value"),
        ("[]", "its format is not 1"),
        ({"format": 2}, "its format is not 1"),
        ({"format": 1, "kernel": "6.1"}, "rows: Field required"),
        ({"format": 1, "kernels": [], "rows": [{"id": "a"}]}, "rows.0.claim: Field required"),
    ],
)
def test_other_files_are_refused_by_name(content: Any, problem: str) -> None:
    text = content if isinstance(content, str) else json.dumps(content)
    with pytest.raises(BenchError, match=problem) as refused:
        parse_limits(text.encode(), "results/limits/x.json")
    assert "results/limits/x.json" in str(refused.value)


def test_a_row_with_too_few_cells_is_refused() -> None:
    row = {"id": "a", "claim": "b", "source": "c", "cells": []}
    kernel = {"name": "x", "release": "6.1", "virtual": None}
    content = {"format": 1, "kernels": [kernel], "rows": [row]}
    with pytest.raises(BenchError, match=r"x\.json has no answers that can be read"):
        parse_limits(json.dumps(content).encode(), "x.json")


def test_the_host_of_a_matrix_is_called_by_its_kernel() -> None:
    kernel = {"name": "host", "release": "6.18.44", "virtual": None}
    content = {"format": 1, "kernels": [kernel], "rows": []}
    [column] = parse_limits(json.dumps(content).encode(), "x").kernels
    assert (column.name, column.page) == ("6.18.44", "6.18.44")
