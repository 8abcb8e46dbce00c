from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.libbpf import compiler
from bench.process import CommandError

Sources = Callable[[dict[str, str]], Path]

FILES = {"one.bpf.c": '#include "shared.h"\nint one = NUMBER;\n', "shared.h": "#define NUMBER 1\n"}


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Every command that the compiler starts, which runs as usual."""
    seen: list[list[str]] = []
    really = compiler.run

    def recording(command: list[str], **options: str) -> str:
        seen.append(command)
        return really(command, **options)

    compiler.clang_version()
    monkeypatch.setattr(compiler, "run", recording)
    return seen


def test_an_object_is_compiled_once(
    sources: Sources, own_cache: Path, commands: list[list[str]]
) -> None:
    sources(FILES)
    first = compiler.compiled("one.bpf.c")
    assert compiler.compiled("one.bpf.c") == first
    assert len(commands) == 1
    assert first.parent == own_cache
    assert first.name.startswith("one.bpf-") and first.suffix == ".o"
    assert first.read_bytes()[:4] == b"\x7fELF"
    assert list(own_cache.iterdir()) == [first], "no half-written file may be left"


@pytest.mark.parametrize("changed", list(FILES))
def test_a_changed_source_or_header_is_compiled_again(changed: str, sources: Sources) -> None:
    sources(FILES)
    before = compiler.compiled("one.bpf.c")
    sources({changed: FILES[changed] + "// changed\n"})
    assert compiler.compiled("one.bpf.c") != before


def test_going_back_to_the_old_source_finds_the_old_object(
    sources: Sources, commands: list[list[str]]
) -> None:
    sources(FILES)
    before = compiler.compiled("one.bpf.c")
    sources({"shared.h": "#define NUMBER 2\n"})
    compiler.compiled("one.bpf.c")
    sources(FILES)
    assert compiler.compiled("one.bpf.c") == before
    assert len(commands) == 2


def test_another_compiler_has_its_own_object(
    sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources(FILES)
    before = compiler.compiled("one.bpf.c")
    monkeypatch.setattr(compiler, "clang_version", lambda: "clang version 99")
    assert compiler.compiled("one.bpf.c") != before


def test_other_flags_have_their_own_object(
    sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources(FILES)
    before, flags = compiler.compiled("one.bpf.c"), compiler._flags()
    monkeypatch.setattr(compiler, "_flags", lambda: [*flags, "-DMORE"])
    assert compiler.compiled("one.bpf.c") != before


def test_a_name_that_is_defined_makes_another_object(sources: Sources, own_cache: Path) -> None:
    sources({"one.bpf.c": "#ifdef MORE\nint more;\n#endif\nint one;\n"})
    plain, more = compiler.compiled("one.bpf.c"), compiler.compiled("one.bpf.c", ["MORE"])
    assert plain != more and b"more" not in plain.read_bytes()
    assert b"more" in more.read_bytes()


def test_a_warning_is_an_error_that_carries_clang_s_words(
    sources: Sources, own_cache: Path
) -> None:
    sources({"bad.bpf.c": "int f(void) { int unused; return 0; }\n"})
    with pytest.raises(CommandError, match="clang ended with code 1") as caught:
        compiler.compiled("bad.bpf.c")
    assert "bad.bpf.c:1:" in caught.value.detail
    assert "unused variable 'unused'" in caught.value.detail
    assert "libbpf-dev" in caught.value.remedy
    assert list(own_cache.iterdir()) == []


def test_an_interrupted_compilation_leaves_no_file(
    sources: Sources, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(command: list[str], **options: str) -> str:
        Path(command[-1]).write_text("half an object")
        raise KeyboardInterrupt

    sources(FILES)
    compiler.clang_version()
    monkeypatch.setattr(compiler, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        compiler.compiled("one.bpf.c")
    assert list(own_cache.iterdir()) == []


def test_a_source_that_is_not_there_is_named(sources: Sources) -> None:
    folder = sources({})
    with pytest.raises(BenchError, match=f"no source {folder}/nosuch.bpf.c"):
        compiler.compiled("nosuch.bpf.c")


def test_without_clang_the_remedy_is_to_install_it(
    sources: Sources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources(FILES)
    monkeypatch.setenv("PATH", str(tmp_path))
    compiler._version.cache_clear()
    with pytest.raises(BenchError, match="clang is not installed") as caught:
        compiler.compiled("one.bpf.c")
    assert "apt-get install clang" in caught.value.remedy


def test_another_compiler_can_be_chosen(
    sources: Sources, commands: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources(FILES)
    before = compiler.compiled("one.bpf.c")
    other = tmp_path / "clang-99"
    other.write_text('#!/bin/sh\n[ "$1" != --version ] || exec echo clang 99\nexec clang "$@"\n')
    other.chmod(0o755)
    monkeypatch.setenv("BENCH_CLANG", str(other))
    assert compiler.clang_version() == "clang 99"
    assert compiler.compiled("one.bpf.c") != before
    assert [command[0] for command in commands] == ["clang", str(other), str(other)]


def test_a_cache_that_cannot_be_made_names_the_folder_and_the_variable(
    sources: Sources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources(FILES)
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(BenchError, match=f"cannot write the object cache {tmp_path}/file") as error:
        compiler.compiled("one.bpf.c")
    assert "XDG_CACHE_HOME" in error.value.remedy


def test_a_cache_without_a_variable_is_in_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for unset in ("", None):
        monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
        if unset is not None:
            monkeypatch.setenv("XDG_CACHE_HOME", unset)
        assert compiler.cache_dir() == tmp_path / ".cache" / "bpf-timer-bench"


@pytest.mark.parametrize(
    ("machine", "arch"), [("x86_64", "x86"), ("aarch64", "arm64"), ("riscv64", "riscv")]
)
def test_the_target_is_named_as_libbpf_s_headers_want_it(
    machine: str, arch: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiler.platform, "machine", lambda: machine)
    assert f"-D__TARGET_ARCH_{arch}" in compiler._flags()


def test_all_programs_of_the_package_are_found() -> None:
    assert {"resident.bpf.c", "tcp.bpf.c", "timerbench.h"} <= {
        path.name for path in compiler.source_dir().iterdir()
    }


def test_a_program_on_a_file_system_mounted_noexec_is_named_with_the_next_step(
    sources: Sources, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources({"loop.c": "int main(void) { return 0; }\n"})
    monkeypatch.setattr(compiler.os, "access", lambda path, mode: False)
    with pytest.raises(BenchError, match="mounted noexec") as caught:
        compiler.executable("loop.c")
    assert caught.value.problem.startswith(f"{own_cache}/loop-")
    assert "XDG_CACHE_HOME" in caught.value.remedy


def test_a_big_endian_machine_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "byteorder", "big")
    monkeypatch.setattr(platform, "machine", lambda: "s390x")
    for make, source in ((compiler.compiled, "resident.bpf.c"), (compiler.executable, "x.c")):
        with pytest.raises(BenchError, match="s390x is big-endian") as caught:
            make(source)
        assert "x86_64" in caught.value.remedy
