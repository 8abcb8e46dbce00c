from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.drivers import loading
from bench.engines import bpf_wq
from bench.engines.registry import OBJECTS
from bench.errors import UsageError
from bench.spec import Cell, Engine
from bench.spec.engines import WQ_IMPLICIT


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


def test_a_kernel_that_adds_the_last_argument_itself_gets_programs_without_it(
    make_cell: Callable[..., Cell], monkeypatch: pytest.MonkeyPatch
) -> None:
    later = Kernel("bpf_wq_init", WQ_IMPLICIT, "bpf_wq_start")
    monkeypatch.setattr(bpf_wq.btf, "vmlinux", lambda: later)
    OBJECTS[Engine.BPF_WQ].check(make_cell(program="tcp", engine=Engine.BPF_WQ, load_hz=1))
    assert "IMPLICIT_AUX" in loading.defines_of(Engine.BPF_WQ)
    monkeypatch.setattr(bpf_wq.btf, "vmlinux", lambda: Kernel(*bpf_wq.CALLS))
    assert "IMPLICIT_AUX" not in loading.defines_of(Engine.BPF_WQ)
