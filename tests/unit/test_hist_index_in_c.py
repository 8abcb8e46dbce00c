"""``bpf/hist.h``, compiled for this host, against ``bench.histogram``."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.histogram import COUNTERS, HALF, HIGHEST, LOWEST, index_of
from bench.libbpf.compiler import source_dir
from bench.process import run

SHIM = """
#include "hist.h"
unsigned int index_in_c(unsigned long long value) { return hist_index(value); }
unsigned long long counters = HIST_COUNTERS, highest = HIST_HIGHEST, half = HIST_HALF;
"""
EDGES = sorted({min(2**power + step, HIGHEST) for power in range(37) for step in (-1, 0, 1)})

InC = Callable[[int], int]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    folder: Path = tmp_path_factory.mktemp("hist")
    source, shared = folder / "shim.c", folder / "shim.so"
    source.write_text(SHIM)
    command = ["clang", "-shared", "-fPIC", "-O2", "-Wall", "-Werror"]
    run([*command, f"-I{source_dir()}", source, "-o", shared])
    loaded = ctypes.CDLL(str(shared))
    loaded.index_in_c.argtypes, loaded.index_in_c.restype = [ctypes.c_uint64], ctypes.c_uint32
    return loaded


def test_constants_are_those_of_python(library: ctypes.CDLL) -> None:
    values = {n: ctypes.c_uint64.in_dll(library, n).value for n in ("counters", "highest", "half")}
    assert values == {"counters": COUNTERS, "highest": HIGHEST, "half": HALF}


@pytest.mark.parametrize("value", EDGES)
def test_index_agrees_around_every_power_of_two(library: ctypes.CDLL, value: int) -> None:
    assert library.index_in_c(value) == int(index_of(value)) < COUNTERS


def test_index_agrees_at_both_ends_of_every_counter(library: ctypes.CDLL) -> None:
    inside = LOWEST[LOWEST <= HIGHEST]
    for values in (inside, np.maximum(inside, 1) - 1):
        assert [library.index_in_c(int(v)) for v in values] == index_of(values).tolist()


@settings(max_examples=500)
@given(value=st.integers(0, 36).flatmap(lambda power: st.integers(0, 2**power)))
def test_index_agrees_for_any_value(library: ctypes.CDLL, value: int) -> None:
    assert library.index_in_c(value) == int(index_of(value))
