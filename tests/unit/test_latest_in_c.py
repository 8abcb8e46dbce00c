"""``bpf/latest.h``, compiled for this host, against sorting."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import abi
from bench.libbpf.compiler import source_dir
from bench.process import run

SHIM = """
#define __always_inline inline __attribute__((always_inline))
#include "latest.h"
void keep_in_c(__u64 *heap, __u64 key)
{
	if (key > heap[1])
		replace_smallest(heap, key);
}
unsigned int places = LATEST;
"""
KEPT = abi.OUTLIERS - 1


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    folder = tmp_path_factory.mktemp("latest")
    source, shared = folder / "shim.c", folder / "shim.so"
    source.write_text(SHIM)
    run(["clang", "-shared", "-fPIC", "-O2", "-Wall", f"-I{source_dir()}", source, "-o", shared])
    loaded = ctypes.CDLL(str(shared))
    loaded.keep_in_c.argtypes = [ctypes.POINTER(ctypes.c_uint64), ctypes.c_uint64]
    loaded.keep_in_c.restype = None
    return loaded


def kept(library: ctypes.CDLL, keys: Sequence[int]) -> list[int]:
    heap = (ctypes.c_uint64 * abi.OUTLIERS)()
    for key in keys:
        library.keep_in_c(heap, key)
    return sorted(heap[1:], reverse=True)


def test_the_heap_has_as_many_places_as_python_reads(library: ctypes.CDLL) -> None:
    assert ctypes.c_uint32.in_dll(library, "places").value == abi.OUTLIERS


@settings(max_examples=200)
@given(keys=st.lists(st.integers(1, 2**63), max_size=600))
def test_the_largest_stay_whatever_came_first(library: ctypes.CDLL, keys: list[int]) -> None:
    expected = sorted(keys, reverse=True)[:KEPT]
    assert kept(library, keys) == expected + [0] * (KEPT - len(expected))


@pytest.mark.parametrize("keys", [range(1, 5_000), range(5_000, 0, -1), [7] * 1_000])
def test_the_largest_stay_in_any_order(library: ctypes.CDLL, keys: Sequence[int]) -> None:
    assert kept(library, keys) == sorted(keys, reverse=True)[:KEPT]
