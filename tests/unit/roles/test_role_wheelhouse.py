"""The wheel that hosts get; nothing is fetched here."""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from zipfile import ZipFile

import pytest

from bench.identity import PACKAGE, source_hash


@pytest.fixture
def wheelhouse(script: Callable[[str], ModuleType]) -> ModuleType:
    return script("host/wheelhouse")


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    file = tmp_path / "tool-1-py3-none-any.whl"
    lines = ["Name: tool", "Requires-Dist: numpy<3,>=1.26", "Requires-Dist: ruff; extra == 'dev'"]
    with ZipFile(file, "w") as archive:
        archive.writestr("tool-1.dist-info/METADATA", "\n".join(lines))
    return file


def test_extras_are_not_needed_on_hosts(wheelhouse: ModuleType, wheel: Path) -> None:
    assert wheelhouse.requirements(wheel) == ["numpy<3,>=1.26"]


def test_dependencies_are_asked_for_by_the_hosts_python(
    wheelhouse: ModuleType, wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def pip(*words: str | Path) -> None:
        asked.extend(map(str, words))
        (Path(asked[asked.index("--dest") + 1]) / "numpy-2-cp313.whl").write_bytes(b"numpy")

    monkeypatch.setattr(wheelhouse, "pip", pip)
    archive = wheelhouse.dependencies(wheel, "cp313-aarch64", tmp_path)
    assert asked[asked.index("--python-version") + 1] == "3.13"
    assert "manylinux_2_28_aarch64" in asked
    assert asked[-1] == "numpy<3,>=1.26"
    with tarfile.open(archive) as tar:
        assert tar.getnames() == ["numpy-2-cp313.whl"]
    asked.clear()
    assert wheelhouse.dependencies(wheel, "cp313-aarch64", tmp_path) == archive
    assert asked == []


def test_the_same_files_give_the_same_bytes(wheelhouse: ModuleType, tmp_path: Path) -> None:
    first, second = tmp_path / "a.tar", tmp_path / "b.tar"
    file = tmp_path / "x.whl"
    file.write_bytes(b"x")
    wheelhouse.pack([file], first)
    file.touch()
    wheelhouse.pack([file], second)
    assert first.read_bytes() == second.read_bytes()


def test_the_sources_of_a_checkout_are_what_the_tool_says(wheelhouse: ModuleType) -> None:
    assert wheelhouse.sources(PACKAGE.parent) == source_hash(PACKAGE)
