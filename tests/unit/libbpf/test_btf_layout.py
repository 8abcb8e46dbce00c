from __future__ import annotations

import ctypes as c
from itertools import pairwise
from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.libbpf import btf
from bench.libbpf.btf import Member
from bench.libbpf.object import BpfObject


class Inner(c.Structure):
    _fields_ = [("tag", c.c_uint8), ("port", c.c_uint16)]


class Sample(c.Structure):
    """``struct sample`` laid out by ctypes: the oracle."""

    _fields_ = [
        ("when", c.c_uint64),
        ("words", c.c_uint32 * 3),
        ("flag", c.c_uint8),
        ("inner", Inner),
        ("pointer", c.c_uint64),
    ]


@pytest.mark.parametrize(("name", "oracle"), [("sample", Sample), ("inner", Inner)])
def test_members_have_the_offsets_and_sizes_of_c(
    sample: BpfObject, name: str, oracle: type[c.Structure]
) -> None:
    found = sample.btf().struct(name)
    assert found is not None
    places = [(field, getattr(oracle, field)) for field, _ in oracle._fields_]
    assert found.size == c.sizeof(oracle)
    assert list(found.members) == [Member(field, at.offset, at.size) for field, at in places]


def test_a_struct_with_bit_fields_has_whole_offsets(sample: BpfObject) -> None:
    found = sample.btf().struct("bits")
    assert found is not None
    assert [(member.name, member.offset) for member in found.members] == [
        ("low", 0),
        ("high", 1),
        ("after", 4),
    ]


def test_constants_are_in_rodata_with_their_sizes(sample: BpfObject) -> None:
    found = {member.name: member for member in sample.btf().section(".rodata")}
    assert {name: member.size for name, member in found.items()} == {
        "wide": 8,
        "ports": 8,
        "narrow": 1,
    }
    spans = sorted((member.offset, member.offset + member.size) for member in found.values())
    assert all(end <= begin for (_, end), (begin, _) in pairwise(spans))


def test_what_does_not_exist_is_told_apart(sample: BpfObject) -> None:
    kinds = sample.btf()
    assert kinds.struct("nosuch") is None
    assert kinds.struct("first") is None, "a function is no struct"
    assert kinds.section(".nosuch") == ()
    assert kinds.has_function("first") and not kinds.has_function("sample")


def test_a_kernel_without_btf_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(btf, "VMLINUX", tmp_path / "vmlinux")
    btf.vmlinux.cache_clear()
    with pytest.raises(BenchError, match="this kernel has no BTF") as caught:
        btf.vmlinux()
    assert "CONFIG_DEBUG_INFO_BTF" in caught.value.remedy
