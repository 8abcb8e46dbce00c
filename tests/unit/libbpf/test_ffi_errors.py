from __future__ import annotations

import ctypes as c
import errno
import os
from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.libbpf import ffi


@pytest.mark.parametrize("failed", [None, 0])
def test_a_null_pointer_raises_the_errno_that_libbpf_left(failed: int | None) -> None:
    c.set_errno(errno.ENOENT)
    with pytest.raises(OSError, match=r"map slots: No such file") as caught:
        ffi.checked(failed, "map slots")
    assert caught.value.errno == errno.ENOENT


def test_a_pointer_is_passed_on() -> None:
    assert ffi.checked(0xABC, "anything") == 0xABC


def test_a_negative_result_raises_its_errno() -> None:
    with pytest.raises(OSError, match="size of timers: Invalid argument") as caught:
        ffi.zero(-errno.EINVAL, "size of timers")
    assert caught.value.errno == errno.EINVAL


@pytest.mark.parametrize("result", [0, 1])
def test_any_other_result_is_good(result: int) -> None:
    ffi.zero(result, "anything")


def test_version_is_that_of_libbpf_1() -> None:
    assert ffi.version().startswith("v1.")


def test_possible_cpus_is_what_sysfs_says() -> None:
    text = Path("/sys/devices/system/cpu/possible").read_text().strip()
    spans = [part.split("-") for part in text.split(",")]
    assert ffi.possible_cpus() == sum(int(span[-1]) - int(span[0]) + 1 for span in spans)
    assert ffi.possible_cpus() >= len(os.sched_getaffinity(0))


def test_every_function_in_use_exists_in_the_library() -> None:
    plain = c.CDLL(ffi.SONAME)
    assert all(hasattr(plain, name) for name in ffi._PROTOTYPES)


def test_a_missing_library_is_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ffi, "SONAME", "libnosuch.so.1")
    ffi.lib.cache_clear()
    try:
        with pytest.raises(BenchError, match=r"cannot load libnosuch\.so\.1") as caught:
            ffi.lib()
    finally:
        ffi.lib.cache_clear()
    assert "libbpf1" in caught.value.remedy


def test_warnings_are_collected_anew_in_each_block(tmp_path: Path) -> None:
    broken = tmp_path / "broken.o"
    broken.write_bytes(b"no object")
    for _ in range(2):
        with ffi.collected_messages() as messages:
            assert not ffi.lib().bpf_object__open_file(str(broken).encode(), None)
            assert sum(str(broken) in text for text in messages) == 1


def test_of_a_message_that_is_too_long_the_end_is_kept() -> None:
    """The verifier's log ends with the reason, and may have millions of lines before it."""
    path = b"/" + b"a" * (2 * ffi.LONGEST)
    with ffi.collected_messages() as messages:
        assert not ffi.lib().bpf_object__open_file(path, None)
        (kept,) = messages
    assert len(kept) == ffi.LONGEST
    assert kept.strip().endswith("File name too long")
