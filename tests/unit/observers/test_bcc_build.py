from __future__ import annotations

from pathlib import Path

import pytest

from bench.observers.bcc_build import (
    HOOKS,
    headers_folder,
    headers_release,
    source_path,
)


def test_every_hook_is_in_the_source() -> None:
    text = source_path().read_text()
    for function in HOOKS.values():
        assert f"int {function}(" in text


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
