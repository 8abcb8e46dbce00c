from __future__ import annotations

import pytest

from bench.libbpf.btf import KIND_STRUCT
from bench.libbpf.btf_value import text_of
from bench.libbpf.object import BpfObject


def text(sample: BpfObject, name: str, data: bytes) -> str | None:
    btf = sample.btf()
    number = btf.type_id(name, KIND_STRUCT)
    assert number
    return text_of(btf, number, data)


def test_a_struct_is_its_members_by_name(sample: BpfObject) -> None:
    assert text(sample, "inner", bytes([7, 0, 0x35, 0])) == "{tag: 7, port: 53}"


@pytest.mark.parametrize("name", ["bits", "sample"])
def test_bit_fields_and_pointers_are_not_shown(sample: BpfObject, name: str) -> None:
    assert text(sample, name, bytes(64)) is None


def test_too_few_bytes_are_not_shown(sample: BpfObject) -> None:
    assert text(sample, "inner", bytes(3)) is None


def test_no_type_has_no_text(sample: BpfObject) -> None:
    assert text_of(sample.btf(), 0, bytes(8)) is None
