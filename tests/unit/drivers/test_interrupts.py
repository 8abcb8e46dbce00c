from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

from bench.drivers import interrupts
from bench.drivers.interrupts import HOOKS, interrupt_hooks
from bench.libbpf.compiler import source_dir


def test_each_hook_is_a_program_of_the_header() -> None:
    text = (source_dir() / "interrupts.h").read_text()
    found = re.findall(r'SEC\("tp_btf/(\w+)"\)\nint BPF_PROG\((\w+)\)', text)
    assert {name: event for event, name in found} == HOOKS


@pytest.mark.parametrize("refused", [None, "not allowed"])
def test_only_hooks_that_the_kernel_has_and_allows_are_used(
    refused: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = {"irq_handler_entry", "local_timer_entry"}
    kernel = SimpleNamespace(has_tracepoint=events.__contains__)
    monkeypatch.setattr(interrupts, "vmlinux", lambda: kernel)
    monkeypatch.setattr(interrupts, "refusal", lambda source, hooks: refused)
    found = () if refused else ("taken_device", "taken_timer")
    assert interrupt_hooks("churn.bpf.c") == found
