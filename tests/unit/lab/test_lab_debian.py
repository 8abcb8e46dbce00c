"""The root of a host with another Debian: where packages come from, and that it is made once."""

from __future__ import annotations

import fcntl
import importlib.util
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[3] / "lab/debian.py"
TARGETS = (
    "http://mirror.example/debian/|bookworm|bookworm|main",
    "http://mirror.example/debian/|bookworm|bookworm|contrib",
    "http://mirror.example/debian/|bookworm-updates|bookworm-updates|main",
    "http://mirror.example/debian-security/|bookworm-security|bookworm-security|main",
    "http://tools.example/apt/|stable|$(CODENAME)|main",
)


@pytest.fixture(scope="module")
def debian() -> ModuleType:
    spec = importlib.util.spec_from_file_location("debian", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_packages_come_from_this_machine_s_own_mirror(debian: ModuleType) -> None:
    assert debian.sources(TARGETS, "bookworm", "trixie") == [
        "deb http://mirror.example/debian/ trixie main"
    ]


def test_a_mirror_may_be_named_by_another_word_than_its_codename(debian: ModuleType) -> None:
    found = debian.sources(["http://mirror.example/|oldstable|bookworm|main"], "bookworm", "trixie")
    assert found == ["deb http://mirror.example/ trixie main"]


def test_without_a_mirror_of_this_debian_there_is_none(debian: ModuleType) -> None:
    assert debian.sources(TARGETS[3:], "bookworm", "trixie") == []


def test_a_host_lacks_what_provisioning_shall_install(debian: ModuleType) -> None:
    found = debian.packages()
    assert {"clang", "openssh-server", "python3-bpfcc"} <= set(found)
    assert not {*debian.MIRRORED, *debian.UNUSED} & set(found)
    assert any(name.startswith("linux-headers-cloud-") for name in found)


def making(seen: list[Path]) -> Callable[[Path, int], None]:
    def make(root: Path, lock: int) -> None:
        root.mkdir()
        (root / "bin").write_text("all of it")
        seen.append(root)

    return make


def test_a_root_is_made_once(debian: ModuleType, tmp_path: Path) -> None:
    seen: list[Path] = []
    for _ in range(2):
        root = debian.kept(tmp_path / "roots", "one", making(seen))
        assert (root / "bin").read_text() == "all of it"
    assert len(seen) == 1 and not seen[0].exists()


def test_one_maker_at_a_time(debian: ModuleType, tmp_path: Path) -> None:
    seen: list[Path] = []
    begun, go_on = threading.Event(), threading.Event()

    def slow(root: Path, lock: int) -> None:
        begun.set()
        assert go_on.wait(10)
        making(seen)(root, lock)

    with ThreadPoolExecutor() as pool:
        first = pool.submit(debian.kept, tmp_path, "one", slow)
        assert begun.wait(10)
        second = pool.submit(debian.kept, tmp_path, "one", making(seen))
        assert not second.done()
        go_on.set()
        assert first.result(10) == second.result(10) == tmp_path / "one"
    assert len(seen) == 1


def test_a_maker_that_failed_leaves_nothing_that_counts(debian: ModuleType, tmp_path: Path) -> None:
    def failing(root: Path, lock: int) -> None:
        root.mkdir()
        (root / "half").write_text("")
        raise RuntimeError("no network")

    with pytest.raises(RuntimeError):
        debian.kept(tmp_path, "one", failing)
    root = debian.kept(tmp_path, "one", making([]))
    assert [path.name for path in root.iterdir()] == ["bin"]


def test_the_lock_is_held_while_a_root_is_made(debian: ModuleType, tmp_path: Path) -> None:
    """Also by what the maker starts, which may outlive it."""

    def make(root: Path, lock: int) -> None:
        with (tmp_path / "one.lock").open() as other, pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        making([])(root, lock)

    debian.kept(tmp_path, "one", make)
