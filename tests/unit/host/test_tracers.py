"""Other processes that trace are named; this one, and those that only hold other files, are not."""

from __future__ import annotations

from pathlib import Path

from bench.host.tracers import LINK, PERF, STATS, tracers


def process(root: Path, pid: int, name: str, *targets: str, link_type: str = "") -> None:
    folder = root / "proc" / str(pid)
    (folder / "fd").mkdir(parents=True)
    (folder / "fdinfo").mkdir()
    (folder / "comm").write_text(f"{name}\n")
    for number, target in enumerate(targets):
        (folder / "fd" / str(number)).symlink_to(target)
        (folder / "fdinfo" / str(number)).write_text(f"pos:\t0\nlink_type:\t{link_type}\n")


def test_each_that_traces_is_named_with_what_it_holds(tmp_path: Path) -> None:
    process(tmp_path, 7, "perf", PERF, PERF, "/dev/null")
    process(tmp_path, 8, "bpftop", STATS)
    process(tmp_path, 9, "bpftrace", LINK, link_type="raw_tracepoint")
    assert tracers(tmp_path, own=1) == [
        "perf (pid 7) has 2 perf events open",
        "bpftop (pid 8) has statistics of BPF programs on",
        "bpftrace (pid 9) has 1 tracing BPF program",
    ]


def test_this_process_and_what_does_not_trace_are_left_out(tmp_path: Path) -> None:
    process(tmp_path, 7, "bench", PERF, LINK, link_type="tracing")
    process(tmp_path, 8, "cilium", LINK, link_type="xdp")
    process(tmp_path, 9, "sh", "/dev/null", "pipe:[12]")
    assert tracers(tmp_path, own=7) == []


def test_of_many_the_first_are_listed(tmp_path: Path) -> None:
    for pid in range(10, 16):
        process(tmp_path, pid, "perf", PERF)
    found = tracers(tmp_path, own=1)
    assert len(found) == 4 and found[-1] == "so have 3 processes more"
