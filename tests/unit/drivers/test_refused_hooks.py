"""One remedy for a refused hook, wherever it was asked for."""

from __future__ import annotations

import errno

import pytest

from bench.demo.program import DemoHook
from bench.demo.program import refusal as refused_demo
from bench.demo.text import why
from bench.drivers.hooks import NOT_FOR_THE_HOOK, refused_hook
from bench.errors import KernelRefusedError
from bench.libbpf.refusal import FORBIDDEN_TO_ROOT
from bench.spec import Hook


def refused(code: int) -> KernelRefusedError:
    remedy = "Run as root with CAP_BPF"
    return KernelRefusedError("the kernel refused to load", errno=code, remedy=remedy, detail="log")


@pytest.mark.parametrize("hook", [Hook.FENTRY, Hook.TP_BTF, Hook.SOCKOPS])
@pytest.mark.parametrize("code", [errno.EPERM, errno.EINVAL, 524])
def test_another_hook_is_the_remedy_and_not_root(hook: Hook, code: int) -> None:
    others = [str(other) for other in Hook if other not in (hook, Hook.AUTO)]
    found = refused_hook(hook, refused(code), others=[*others, Hook.AUTO])
    assert found.problem.startswith(f"this kernel refuses the hook {hook}: ")
    assert found.errno == code and found.detail == "log"
    assert found.remedy == f"Use --hook {others[0]}, {others[1]} or auto"


def test_an_error_number_of_the_kernel_s_own_is_named_once() -> None:
    """arm64 before 6.4 loads fentry, and refuses to attach it by this number."""
    found = refused_hook(Hook.FENTRY, refused(524), others=["tp_btf"])
    assert found.problem.count("ENOTSUPP") == 1 and "524" not in found.problem
    assert "ENOTSUPP" in why(524) and "Unknown error" not in why(524)


@pytest.mark.parametrize("code", sorted(NOT_FOR_THE_HOOK))
def test_what_another_hook_would_meet_too_stays_as_it_is(code: int) -> None:
    error = refused(code)
    assert refused_hook(Hook.FENTRY, error, others=["tp_btf"]) is error


def test_the_demo_has_the_same_remedy() -> None:
    assert refused_demo(DemoHook.FENTRY, refused(errno.EPERM)).remedy == "Use --hook tp_btf"
    assert refused_demo(DemoHook.TP_BTF, refused(errno.EPERM)).remedy == "Run as root with CAP_BPF"


def test_root_is_not_told_to_become_root() -> None:
    assert not FORBIDDEN_TO_ROOT.startswith("Run as root")
