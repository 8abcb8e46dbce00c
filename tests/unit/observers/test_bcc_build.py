from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.observers.bcc_build import (
    DEBIAN_PACKAGES,
    headers_folder,
    headers_release,
    import_bcc,
    source_path,
)
from bench.observers.core_observer import SOURCE
from bench.observers.slots import HOOKS


def test_every_hook_is_in_both_sources() -> None:
    bcc = source_path().read_text()
    core = source_path().with_name(Path(SOURCE).name).read_text()
    for tracepoint, function in HOOKS.items():
        assert f"int {function}(" in bcc
        assert f'SEC("tp_btf/{tracepoint}")\nint BPF_PROG({function}' in core


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("include/generated/utsrelease.h", '#define UTS_RELEASE "6.1.0-56-cloud-amd64"\n'),
        ("include/config/kernel.release", "6.1.0-56-cloud-amd64\n"),
    ],
)
def test_release_of_headers(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).write_text(content)
    assert headers_release(tmp_path) == "6.1.0-56-cloud-amd64"


def test_release_of_headers_that_do_not_say(tmp_path: Path) -> None:
    assert headers_release(tmp_path) is None


def test_headers_folder_follows_bcc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BCC_KERNEL_SOURCE", raising=False)
    assert headers_folder("6.1", tmp_path) == Path("/sys/kernel/kheaders.tar.xz")
    (tmp_path / "6.1/build").mkdir(parents=True)
    assert headers_folder("6.1", tmp_path) == tmp_path / "6.1/build"
    monkeypatch.setenv("BCC_KERNEL_SOURCE", "/elsewhere")
    assert headers_folder("6.1", tmp_path) == Path("/elsewhere")


@pytest.mark.parametrize(("path", "told"), [([], True), ([DEBIAN_PACKAGES], False)])
def test_a_virtual_environment_that_cannot_see_bcc_is_told_what_it_needs(
    path: list[str], told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", path)
    monkeypatch.setitem(sys.modules, "bcc", None)
    with pytest.raises(BenchError, match="missing") as refused:
        import_bcc()
    assert ("--system-site-packages" in refused.value.remedy) is told
