"""The doorway to libbpf against the kernel, with bpftool as the second witness."""

from __future__ import annotations

import ctypes
import errno
import subprocess
from operator import not_
from pathlib import Path

import numpy as np
import pytest

from bench import abi
from bench.errors import BenchError, KernelRefusedError
from bench.libbpf import btf, compiler, ffi
from bench.libbpf.object import BpfObject
from tests.kernel.leftovers import bpftool
from tests.waiting import wait_until

REFUSED = """
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
SEC("syscall")
int reads_nowhere(void *ctx)
{
	return *(volatile int *)0;
}
char LICENSE[] SEC("license") = "GPL";
"""


def resident(entries: int = 8) -> BpfObject:
    made = BpfObject(compiler.compiled("resident.bpf.c"))
    made.map("slots").configure(entries=ffi.possible_cpus())
    made.map("timers").configure(entries=entries, map_type="hash")
    return made


def newest(name: str) -> int:
    """Id of the map made last; the kernel may still be freeing earlier ones of that name."""
    return max(int(item["id"]) for item in bpftool("map") if item.get("name") == name)


def test_refused_program_carries_errno_and_the_verifiers_log(tmp_path: Path) -> None:
    # As BCC does, which shares the library.
    ffi.lib().libbpf_set_print(ctypes.cast(None, ffi._PRINT))
    source, target = tmp_path / "refused.bpf.c", tmp_path / "refused.bpf.o"
    source.write_text(REFUSED)
    subprocess.run(["clang", *compiler._flags(), "-c", source, "-o", target], check=True)
    with BpfObject(target) as made, pytest.raises(KernelRefusedError) as refused:
        made.load()
    assert refused.value.errno == errno.EACCES
    assert "refused" in refused.value.problem
    assert "processed" in refused.value.detail and "insns" in refused.value.detail


def test_file_that_is_no_object(tmp_path: Path) -> None:
    file = tmp_path / "text.bpf.o"
    file.write_text("not an object")
    with pytest.raises(BenchError, match="cannot open"):
        BpfObject(file)


def test_sizes_and_constants_reach_the_kernel() -> None:
    with resident(entries=12_345) as made:
        made.set_constants({"timeout_ns": 7_000_000, "timer_count": 12_345})
        made.load()
        timers = next(m for m in bpftool("map") if m["id"] == newest("timers"))
        assert timers["max_entries"] == 12_345 and timers["type"] == "hash"
        dump = subprocess.run(
            ["bpftool", "map", "dump", "id", str(newest("resident.rodata"))],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert '"timeout_ns": 7000000' in dump and '"timer_count": 12345' in dump


def test_unknown_constant_is_refused() -> None:
    with resident() as made, pytest.raises(BenchError, match="no constant nosuch"):
        made.set_constants({"nosuch": 1})


def test_mapped_memory_is_the_maps_memory() -> None:
    with resident() as made:
        made.load()
        stopping = made.map("stopping").view(abi.STOPPING)
        stopping["deadline_ns"] = 424_242
        dump = subprocess.run(
            ["bpftool", "map", "dump", "id", str(newest("stopping"))],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert '"deadline_ns": 424242' in dump
        del stopping


def test_census_of_an_empty_map() -> None:
    with resident() as made:
        made.load()
        answer = np.full(1, 9, dtype=abi.CENSUS_ARGS)
        assert made.run("census", answer) == 0
        assert answer[0].item() == (0, 0, 0, 0, 0)


def test_closing_removes_program_and_maps() -> None:
    with resident() as made:
        made.load()
        held = {m["id"] for m in bpftool("map") if m["name"] == "timers"}
        assert held
    # The kernel frees maps in a work queue, after grace periods that a busy host draws out.
    wait_until("the end of the maps", lambda: held & {m["id"] for m in bpftool("map")}, not_)


def test_kernel_structs_have_the_sizes_that_bpftool_says() -> None:
    dump = subprocess.run(
        ["bpftool", "btf", "dump", "file", "/sys/kernel/btf/vmlinux", "format", "raw"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in ("bpf_hrtimer", "simple_xattr", "hrtimer"):
        line = next(x for x in dump.splitlines() if f"STRUCT '{name}' size=" in x)
        found = btf.vmlinux().struct(name)
        assert found is not None
        assert f"size={found.size} vlen={len(found.members)}" in line
    assert btf.vmlinux().struct("no_such_struct") is None
