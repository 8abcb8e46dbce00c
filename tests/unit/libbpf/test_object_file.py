from __future__ import annotations

import ctypes as c
from collections.abc import Callable
from pathlib import Path

import pytest

from bench import abi
from bench.errors import BenchError
from bench.libbpf import compiler
from bench.libbpf.ffi import lib
from bench.libbpf.object import BpfObject

Opened = Callable[[str], BpfObject]

CHECKOUT = compiler.source_dir()
PROGRAM = '#include "fired.h"\nchar LICENSE[] SEC("license") = "GPL";\n'
USES_ALL = """
#include "distributions.h"
#include "flood.h"
#include "softirq.h"
#include "owners.h"
#include "timers.h"
#include "watch.h"
SEC("syscall")
int uses_cpu_slot(struct cpu_slot *slot) { return slot->wakeups; }
SEC("syscall")
int uses_all(struct arm_args *args) { return args->count; }
SEC("syscall")
int uses_census(struct census_args *args) { return args->entries; }
SEC("syscall")
int uses_alone(struct alone_args *args) { return args->first; }
SEC("syscall")
int uses_flows(struct flow_range *flows) { return flows->count; }
SEC("syscall")
int uses_flood(struct flood_slot *slot) { return slot->sent; }
SEC("syscall")
int uses_outage(struct outage *last) { return last->ended_ns; }
SEC("syscall")
int uses_entry(struct entry *entry) { return entry->armed; }
SEC("syscall")
int uses_scans(struct scan_counts *counts) { return counts->scans; }
SEC("syscall")
int uses_distribution(struct distribution *d) { return d->overflow; }
SEC("syscall")
int uses_timer_map(struct timer_map *map) { return map->id; }
SEC("syscall")
int uses_armed_timer(struct armed_timer *timer) { return timer->cpu; }
SEC("syscall")
int uses_walk(struct walk *walk) { return walk->armed; }
SEC("syscall")
int uses_map_holder(struct map_holder *holder) { return holder->pid; }
SEC("syscall")
int uses_holder_search(struct holder_search *wanted) { return wanted->own_fd; }
SEC("syscall")
int uses_watch_key(struct watch_key *key) { return key->map; }
SEC("syscall")
int uses_watch_group(struct watch_group *group) { return group->slot; }
SEC("syscall")
int uses_watch_requests(struct watch_requests *requests) { return requests->requested; }
SEC("syscall")
int uses_watch_cpu(struct watch_cpu *cpu) { return cpu->events; }
SEC("syscall")
int uses_watch_slot(struct watch_slot *slot) { return slot->fired; }
SEC("syscall")
int uses_watch_runs(struct watch_runs *runs) { return runs->ran[0]; }
"""


def constant(sample: BpfObject, name: str) -> bytes:
    """The bytes that the kernel would get."""
    place = next(m for m in sample.btf().section(".rodata") if m.name == name)
    return c.string_at(sample._rodata() + place.offset, place.size)


def autoloads(sample: BpfObject, program: str) -> bool:
    autoload = lib().bpf_program__autoload
    autoload.restype = c.c_bool
    return bool(autoload(c.c_void_p(sample._program(program))))


def test_constants_are_set_by_name_in_their_own_size(sample: BpfObject) -> None:
    sample.set_constants({"wide": 2**63 - 1, "narrow": 255})
    assert constant(sample, "wide") == (2**63 - 1).to_bytes(8, "little")
    assert constant(sample, "narrow") == b"\xff"
    assert constant(sample, "ports") == bytes(8), "a neighbour must not change"


def test_bytes_are_filled_up_with_zeros(sample: BpfObject) -> None:
    sample.set_constants({"ports": b"\xff" * 8})
    sample.set_constants({"ports": b"\x01\x02"})
    assert constant(sample, "ports") == b"\x01\x02" + bytes(6)


def test_a_constant_that_does_not_exist_is_named_with_those_that_do(sample: BpfObject) -> None:
    with pytest.raises(BenchError, match="sample has no constant timeout") as caught:
        sample.set_constants({"timeout": 1})
    assert "wide" in caught.value.detail


def test_an_object_without_constants_says_so(opened: Opened) -> None:
    plain = opened('int zero;\nchar LICENSE[] __attribute__((section("license"))) = "GPL";\n')
    with pytest.raises(BenchError, match="sample has no constants"):
        plain.set_constants({"anything": 1})


def test_only_the_programs_asked_for_are_loaded(sample: BpfObject) -> None:
    assert sorted(sample.program_names()) == ["first", "second"]
    sample.load_only(["second"])
    assert not autoloads(sample, "first") and autoloads(sample, "second")
    sample.load_only(["first"])
    assert autoloads(sample, "first") and not autoloads(sample, "second")


@pytest.mark.parametrize("what", ["map", "_program"])
def test_what_the_object_does_not_have_is_named(what: str, sample: BpfObject) -> None:
    with pytest.raises(OSError, match="nosuch of sample: No such file"):
        getattr(sample, what)("nosuch")


def test_a_file_that_is_no_object_is_refused_with_libbpf_s_words(tmp_path: Path) -> None:
    broken = tmp_path / "broken.bpf.o"
    broken.write_bytes(b"no object")
    with pytest.raises(BenchError, match=f"cannot open {broken}") as caught:
        BpfObject(broken)
    assert "libbpf" in caught.value.detail and str(broken) in caught.value.detail


def test_closing_twice_does_no_harm(sample: BpfObject) -> None:
    with sample as same:
        assert same is sample
    sample.close()


@pytest.fixture
def shared_header(opened: Opened, sources: Callable[[dict[str, str]], Path]) -> Opened:
    """Compiles a program on ``timerbench.h`` in which one text is replaced by another."""

    def build(change: str) -> BpfObject:
        texts = {path.name: path.read_text() for path in CHECKOUT.rglob("*.h")}
        before, after = change.split(" => ") if change else ("", "")
        assert before in texts["timerbench.h"]
        texts["timerbench.h"] = texts["timerbench.h"].replace(before, after, 1)
        sources(texts)
        return opened(PROGRAM + USES_ALL)

    return build


def test_the_checked_out_header_matches_python(shared_header: Opened) -> None:
    item = shared_header("")
    found = {name for name in abi.STRUCTS if item.btf().struct(name)}
    assert found == set(abi.STRUCTS), "the check would look at nothing"
    item.check_abi()


@pytest.mark.parametrize(
    ("change", "struct", "field"),
    [
        ("__u64 fired; => __u64 fired, more;", "slot", "more: Python (offset, size) None"),
        ("__u64 stopped; => __u32 stopped;", "slot", "stopped: Python"),
        ("__u64 inited;\n\t__u64 started; => __u64 started;\n\t__u64 inited;", "slot", "started: "),
        ("MEASURES 24 => MEASURES 25", "slot", "measures: Python"),
        ("aligned(128) => aligned(4096)", "slot", "size: Python"),
        ("__u64 stop; => __u32 stop;", "stopping", "stop: Python (offset, size) (8, 8), C (8, 4)"),
        ("__u64 last_pass; => __u64 spare;", "arm_args", "last_pass: Python"),
        ("__u64 pending; => __u64 waiting;", "census_args", "pending: Python"),
    ],
)  # fmt: skip
def test_a_struct_that_differs_is_refused_with_the_field(
    change: str, struct: str, field: str, shared_header: Opened
) -> None:
    item = shared_header(change)
    with pytest.raises(BenchError, match=f"struct {struct} of sample differs") as caught:
        item.load()
    assert field in caught.value.detail
    assert "bench/abi.py together" in caught.value.remedy


@pytest.mark.parametrize("source", ["tcp.bpf.c", "xdp_gc.bpf.c"])
def test_values_without_timers_are_a_layout_of_their_own(source: str) -> None:
    with BpfObject(compiler.compiled(source, ["WITHOUT_TIMERS"])) as item:
        item.check_abi()
        entry = item.btf().struct("entry")
        assert entry is not None and entry.size == abi.BARE_ENTRY.itemsize == 8
        assert [m.name for m in entry.members] == ["armed"]


@pytest.mark.parametrize("source", ["resident.bpf.c", "tcp.bpf.c"])
def test_every_program_has_the_structs_of_python(source: str) -> None:
    with BpfObject(compiler.compiled(source)) as item:
        item.check_abi()
        slot, entry = (item.btf().struct(name) for name in ("slot", "entry"))
        assert slot is not None and slot.size == abi.SLOT.itemsize
        assert entry is not None and entry.size == abi.ENTRY_BYTES
