"""``bpf/phase.h``, compiled for this host: when periodic timers expire for the first time."""

from __future__ import annotations

import ctypes
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.drivers.resident import PHASES
from bench.libbpf.compiler import source_dir
from bench.process import run
from bench.spec import Phase

SHIM = """
#include "phase.h"
unsigned long long of(int phase, unsigned long long timeout, unsigned long long key,
                      unsigned long long n, unsigned long long seed)
{ return phase_of(phase, timeout, key, n, seed); }
unsigned even = PHASE_EVEN, random_ = PHASE_RANDOM, burst = PHASE_BURST;
"""
TIMEOUTS = st.integers(1_000, 2**62)
SEEDS = st.integers(0, 2**64 - 1)
MASK = 2**64 - 1


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    folder: Path = tmp_path_factory.mktemp("phase")
    source, shared = folder / "shim.c", folder / "shim.so"
    source.write_text(SHIM)
    command = ["clang", "-shared", "-fPIC", "-O2", "-Wall", "-Werror"]
    run([*command, f"-I{source_dir()}", source, "-o", shared])
    loaded = ctypes.CDLL(str(shared))
    loaded.of.argtypes = [ctypes.c_int, *[ctypes.c_uint64] * 4]
    loaded.of.restype = ctypes.c_uint64
    return loaded


def mixed(x: int) -> int:
    """SplitMix64's finaliser in another language."""
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB & MASK
    return x ^ (x >> 31)


def test_the_words_are_those_of_python(library: ctypes.CDLL) -> None:
    names = {Phase.EVEN: "even", Phase.RANDOM: "random_", Phase.BURST: "burst"}
    assert {p: ctypes.c_uint.in_dll(library, n).value for p, n in names.items()} == PHASES


@given(timeout=TIMEOUTS, key=st.integers(0, 2**31), seed=SEEDS)
def test_a_random_phase_is_a_share_of_the_timeout_by_key_and_seed(
    library: ctypes.CDLL, timeout: int, key: int, seed: int
) -> None:
    part = mixed((mixed(seed) + (key + 1) * 0x9E3779B97F4A7C15) & MASK) >> 32
    found = library.of(PHASES[Phase.RANDOM], timeout, key, 1, seed)
    assert 1 <= found <= timeout
    assert abs(found - 1 - Fraction(timeout * part, 2**32)) <= 1


@pytest.mark.parametrize("seed", [0, 1, 2**63])
def test_random_phases_are_uniform_and_in_no_order(library: ctypes.CDLL, seed: int) -> None:
    size, timeout = 10_000, 10_000_000
    found = [library.of(PHASES[Phase.RANDOM], timeout, key, size, seed) for key in range(size)]
    distance = np.abs(np.sort(found) / timeout - (np.arange(size) + 0.5) / size).max()
    # Kolmogorov-Smirnov: beyond it only one in a hundred such samples.
    assert distance < 1.63 / size**0.5
    assert abs(np.corrcoef(found[:-1], found[1:])[0, 1]) < 2.6 / size**0.5
    assert len(set(found)) > 0.99 * size


@given(timeout=TIMEOUTS, size=st.integers(1, 1_000_000), data=st.data())
def test_even_phases_divide_the_timeout(
    library: ctypes.CDLL, timeout: int, size: int, data: st.DataObject
) -> None:
    key = data.draw(st.integers(0, size - 1))
    found = library.of(PHASES[Phase.EVEN], timeout, key, size, 0)
    assert abs(found - Fraction(timeout * (key + 1), size)) <= 1
    assert library.of(PHASES[Phase.EVEN], timeout, size - 1, size, 0) == timeout


def test_a_burst_is_due_after_one_timeout(library: ctypes.CDLL) -> None:
    assert {library.of(PHASES[Phase.BURST], 777, key, 5, 3) for key in range(5)} == {777}
