from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.engines import bpf_wq
from bench.engines.registry import OBJECTS
from bench.errors import UsageError
from bench.spec import Cell, Engine


class Kernel:
    """BTF with some functions."""

    def __init__(self, *functions: str) -> None:
        self.functions = functions

    def has_function(self, name: str) -> bool:
        return name in self.functions


@pytest.mark.parametrize("missing", [bpf_wq.CALLS, bpf_wq.CALLS[1:2]])
def test_a_kernel_without_its_calls_is_refused_by_their_names(
    missing: tuple[str, ...], make_cell: Callable[..., Cell], monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel = Kernel(*(name for name in bpf_wq.CALLS if name not in missing))
    monkeypatch.setattr(bpf_wq.btf, "vmlinux", lambda: kernel)
    cell = make_cell(program="tcp", engine=Engine.BPF_WQ, load_hz=1)
    with pytest.raises(UsageError, match=f"it needs {', '.join(missing)}") as refused:
        OBJECTS[Engine.BPF_WQ].check(cell)
    assert "6.10" in refused.value.remedy


def test_a_kernel_with_its_calls_is_not(
    make_cell: Callable[..., Cell], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bpf_wq.btf, "vmlinux", lambda: Kernel(*bpf_wq.CALLS))
    OBJECTS[Engine.BPF_WQ].check(make_cell(program="tcp", engine=Engine.BPF_WQ, load_hz=1))
