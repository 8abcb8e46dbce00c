from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import product

import pytest

from bench.limits.registry import claims
from bench.matrix.expectations import EXPECTATIONS, Expectation
from bench.matrix.findings import compared
from bench.matrix.table import Cell, KernelColumn
from bench.words.claims import Verdict

MakeColumn = Callable[..., KernelColumn]
HOLDS, FAILS = Cell(Verdict.HOLDS, "0"), Cell(Verdict.FAILS, "EINVAL")
RT = {"kernel__preempt_rt": Cell(Verdict.HOLDS, "EOPNOTSUPP: cannot be used for PREEMPT_RT.")}


def test_every_expectation_is_about_a_claim_and_names_its_source() -> None:
    known = {claim.id for claim in claims()}
    assert {item.claim for item in EXPECTATIONS} <= known
    assert all(item.source for item in EXPECTATIONS)
    assert Verdict.UNTRIED not in {item.verdict for item in EXPECTATIONS}


def test_no_two_expectations_contradict_each_other() -> None:
    for version in [(5, 15), (5, 16), (6, 1), (6, 4), (6, 7), (6, 12), (6, 18), (7, 0), (8, 0)]:
        for rt, machine in product((False, True), ("x86_64", "aarch64")):
            kernel = partial(Expectation.fits, version=version, rt=rt, machine=machine)
            fitting = [item.claim for item in EXPECTATIONS if kernel(item)]
            assert len(fitting) == len(set(fitting)), version


@pytest.mark.parametrize(
    ("release", "cell", "deviates"),
    [
        ("6.1.0", FAILS, False),
        ("6.1.0", HOLDS, True),
        ("6.4.0", HOLDS, False),
        ("6.18.44", FAILS, True),
        ("6.1.0", Cell(Verdict.FAILS, "EPERM"), True),
        ("6.1.0", Cell(Verdict.UNTRIED, "not asked"), False),
    ],
)
def test_a_deviation_is_a_finding(
    release: str, cell: Cell, deviates: bool, make_column: MakeColumn
) -> None:
    checked, found = compared([make_column(release, flag__abs=cell)])
    assert checked == (cell.verdict is not Verdict.UNTRIED)
    assert [item.claim for item in found] == (["flag.abs"] if deviates else [])
    if found:
        assert found[0].kernel == f"debian:{release}" and "f71f8530494b" in found[0].source


def test_real_time_kernels_are_known_for_their_refusal_only(make_column: MakeColumn) -> None:
    accepts = make_column("6.12-rt", kernel__preempt_rt=Cell(Verdict.FAILS, "accepted"))
    refuses = make_column("6.12-rt", **RT, flag__abs=FAILS)
    assert compared([refuses]) == (1, ())
    checked, found = compared([accepts])
    assert checked == 1 and found[0].claim == "kernel.preempt_rt"


def test_what_only_one_architecture_does_is_known_of_that_one(make_column: MakeColumn) -> None:
    off = Cell(Verdict.FAILS, "NO_HRTICK")
    arm64 = replace(make_column("7.2.13", kernel__hrtick=off), arch="arm64")
    assert compared([arm64]) == (1, ())
    assert len(compared([replace(arm64, arch="amd64")])[1]) == 1


def test_an_end_is_not_included() -> None:
    item = Expectation("flag.abs", Verdict.FAILS, "x", since=(5, 15), until=(6, 4))
    fits = {v: item.fits(v, rt=False, machine="") for v in [(5, 14), (5, 15), (6, 3), (6, 4)]}
    assert list(fits.values()) == [False, True, True, False]
