"""Objects that came with the tool are taken as they are, and are those of the sources."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from bench.drivers import objects
from bench.errors import BenchError
from bench.libbpf import compiler, shipped

SOURCE = "resident.bpf.c"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A wheel's folder, with one object that nothing compiled."""
    made = tmp_path / "_objects"
    compiled = tmp_path / "object"
    compiled.write_bytes(b"shipped")
    shipped.write(made, [(compiler.shipped_name(SOURCE), compiled)], "clang version 0")
    monkeypatch.setattr(shipped, "FOLDER", made)
    monkeypatch.delenv("BENCH_CLANG", raising=False)
    return made


def test_a_shipped_object_needs_no_compiler(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiler, "clang", lambda: "/nowhere/clang")
    assert compiler.compiled(SOURCE).read_bytes() == b"shipped"
    assert compiler.built_with() == "clang version 0"


def test_whoever_asks_for_a_compiler_gets_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCH_CLANG", "clang")
    assert compiler.compiled(SOURCE).read_bytes().startswith(b"\x7fELF")
    assert compiler.built_with() == compiler.clang_version()


def test_of_other_sources_nothing_is_shipped(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = compiler.shipped_name(SOURCE)
    assert compiler.shipped_name(SOURCE, ["MORE"]) != before
    changed = tmp_path / "bpf"
    changed.mkdir()
    for path in compiler.source_dir().glob("*.[ch]"):
        (changed / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(compiler, "source_dir", lambda: changed)
    assert compiler.shipped_name(SOURCE) == before
    with (changed / "timerbench.h").open("a") as header:
        header.write("/* another */\n")
    assert compiler.shipped_name(SOURCE) != before


def test_every_object_has_a_name_of_its_own() -> None:
    wanted = objects.every()
    assert set(objects.of_programs()) <= set(wanted)
    assert len({compiler.shipped_name(*each) for each in wanted}) == len(wanted)


def test_loops_in_user_space_are_shipped_for_an_architecture(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = compiler.shipped_executable_name(*objects.TIMERFD_LOOP)
    loop = folder / name
    loop.touch(mode=0o755)
    monkeypatch.setattr(compiler, "clang", lambda: "/nowhere/clang")
    assert compiler.executable(*objects.TIMERFD_LOOP) == loop
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    assert compiler.shipped_executable_name(*objects.TIMERFD_LOOP) != name


def test_what_is_shipped_keeps_its_mode(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.touch(mode=0o755)
    (copy,) = shipped.write(tmp_path / "made", [("loop.x86_64", program)], "clang version 0")
    assert copy.stat().st_mode & 0o111


def test_loops_need_no_library_of_their_host() -> None:
    for source, defines in objects.IN_USER_SPACE:
        program = compiler.linked(source, defines).read_bytes()
        assert b"/ld-linux" not in program, "the name of the dynamic loader"
        assert str(compiler.source_dir()).encode() not in program


def test_every_program_of_user_space_is_one_that_is_shipped() -> None:
    sources = compiler.source_dir()
    found = {str(path.relative_to(sources)) for path in sources.rglob("loop.c")}
    assert found == {source for source, _ in objects.IN_USER_SPACE}


def test_objects_do_not_depend_on_the_architecture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is shipped for all of them is compiled on one."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    wanted = [SOURCE, "tcp.bpf.c", "demo.bpf.c", "watch/watch.bpf.c"]
    here = [compiler.built(source).read_bytes() for source in wanted]
    other = dict.fromkeys(compiler.TARGET_ARCH, "riscv")
    monkeypatch.setattr(compiler, "TARGET_ARCH", other)
    assert [compiler.built(source).read_bytes() for source in wanted] == here


def test_objects_are_the_same_wherever_they_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another folder of sources and another cache, so that nothing is taken from here."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    here = compiler.built(SOURCE).read_bytes()
    elsewhere = tmp_path / "a folder" / "bpf"
    elsewhere.mkdir(parents=True)
    for path in compiler.source_dir().glob("*.[ch]"):
        (elsewhere / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(compiler, "source_dir", lambda: elsewhere)
    assert compiler.built(SOURCE).read_bytes() == here
    assert str(tmp_path).encode() not in here


def test_a_guest_takes_what_its_host_passes_by_name(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It need not find the compiler, or the headers, that the key of a cache depends on."""
    monkeypatch.setattr(objects, "every", lambda: [(SOURCE, ())])
    given = objects.pass_on(tmp_path / "given", arch=platform.machine())
    monkeypatch.setattr(shipped, "FOLDER", tmp_path / "none")
    monkeypatch.setattr(compiler, "clang", lambda: "/nowhere/clang")
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert compiler.compiled(SOURCE) == tmp_path / "given" / compiler.shipped_name(SOURCE)
    assert compiler.compiled(SOURCE).read_bytes() == b"shipped"
    assert compiler.built_with() == "clang version 0"
    assert compiler.executable(*objects.TIMERFD_LOOP).parent == tmp_path / "given"


def test_a_guest_of_another_architecture_says_which_program_it_was_not_given(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects, "every", lambda: [(SOURCE, ())])
    (name, value) = next(iter(objects.pass_on(tmp_path / "given", arch="another").items()))
    monkeypatch.setenv(name, value)
    monkeypatch.setattr("platform.machine", lambda: "another")
    assert compiler.compiled(SOURCE).read_bytes() == b"shipped"
    with pytest.raises(BenchError, match=r"no program of timerfd/loop\.c for another") as caught:
        compiler.executable(*objects.TIMERFD_LOOP)
    assert "engine" in caught.value.remedy
