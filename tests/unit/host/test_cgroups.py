"""Memory limits by the files of hosts with either version of control groups, or both."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bench.host.cgroups import (
    Limit,
    MemoryGroup,
    Quota,
    cpu_quotas,
    memory_groups,
    memory_limits,
)

Tree = Callable[[dict[str, str]], Path]
V2 = "30 1 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
V1 = "36 31 0:35 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
CPUSET = "34 31 0:34 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
UNLIMITED = "9223372036854771712\n"


def v2(folder: str, current: str, *, high: str = "max", maximum: str = "max") -> dict[str, str]:
    return {
        f"sys/fs/cgroup{folder}/memory.max": f"{maximum}\n",
        f"sys/fs/cgroup{folder}/memory.high": f"{high}\n",
        f"sys/fs/cgroup{folder}/memory.current": f"{current}\n",
        f"sys/fs/cgroup{folder}/memory.stat": "anon 7\nfile 40\ninactive_file 30\n",
    }


def v1(folder: str, usage: str, *, limit: str = UNLIMITED) -> dict[str, str]:
    return {
        f"sys/fs/cgroup/memory{folder}/memory.limit_in_bytes": limit,
        f"sys/fs/cgroup/memory{folder}/memory.usage_in_bytes": usage,
        f"sys/fs/cgroup/memory{folder}/memory.stat": "inactive_file 1\ntotal_inactive_file 30\n",
    }


def own(cgroup: str, mounts: str) -> dict[str, str]:
    return {"proc/self/cgroup": cgroup, "proc/self/mountinfo": mounts}


def test_every_level_of_version_2_counts_less_its_droppable_cache(tree: Tree) -> None:
    root = tree(
        own("0::/a/b\n", V2)
        | v2("", "900")
        | v2("/a", "500", maximum="1000")
        | v2("/a/b", "100", maximum="2000", high="400")
    )
    assert list(memory_limits(root)) == [
        Limit(2000 - 70, "/sys/fs/cgroup/a/b/memory.max"),
        Limit(400 - 70, "/sys/fs/cgroup/a/b/memory.high"),
        Limit(1000 - 470, "/sys/fs/cgroup/a/memory.max"),
    ]


def test_every_level_of_version_1_counts(tree: Tree) -> None:
    root = tree(
        own("4:memory:/a/b\n3:cpuset:/\n", CPUSET + V1)
        | v1("", "5000")
        | v1("/a", "500", limit="1000\n")
        | v1("/a/b", "100")
    )
    assert list(memory_limits(root)) == [
        Limit(530, "/sys/fs/cgroup/memory/a/memory.limit_in_bytes")
    ]


def test_the_limit_of_kernel_memory_counts(tree: Tree) -> None:
    folder = "sys/fs/cgroup/memory/a"
    root = tree(
        own("4:memory:/a\n", V1)
        | v1("/a", "100")
        | {
            f"{folder}/memory.kmem.limit_in_bytes": "1000\n",
            f"{folder}/memory.kmem.usage_in_bytes": "600\n",
        }
    )
    assert list(memory_limits(root)) == [Limit(400, f"/{folder}/memory.kmem.limit_in_bytes")]


def test_a_host_with_both_versions(tree: Tree) -> None:
    mounts = CPUSET + V1 + V2.replace("/sys/fs/cgroup", "/sys/fs/cgroup/unified")
    root = tree(own("4:memory:/a\n0::/\n", mounts) | v1("/a", "100", limit="300\n"))
    assert [limit.left_bytes for limit in memory_limits(root)] == [230]


@pytest.mark.parametrize("path", ["/", "/../sibling"])
def test_within_a_namespace_the_topmost_group_is_the_namespace_s(tree: Tree, path: str) -> None:
    root = tree(own(f"0::{path}\n", V2) | v2("", "100", maximum="300"))
    assert list(memory_limits(root)) == [Limit(230, "/sys/fs/cgroup/memory.max")]


def test_a_container_sees_its_own_part_of_the_hierarchy_mounted(tree: Tree) -> None:
    mounts = V1.replace("0:35 / ", "0:35 /docker/c1 ")
    root = tree(
        own("4:memory:/docker/c1/inner\n", mounts)
        | v1("", "100", limit="300\n")
        | v1("/inner", "10", limit="200\n")
    )
    assert [limit.left_bytes for limit in memory_limits(root)] == [200, 230]


def test_a_mount_point_with_a_blank(tree: Tree) -> None:
    root = tree(
        own("0::/\n", V2.replace("/sys/fs/cgroup", "/my\\040groups"))
        | {"my groups/memory.max": "300\n", "my groups/memory.current": "100\n"}
    )
    assert list(memory_limits(root)) == [Limit(200, "/my groups/memory.max")]


def test_what_is_used_beyond_a_limit_leaves_nothing(tree: Tree) -> None:
    root = tree(own("0::/a\n", V2) | v2("/a", "400", maximum="300"))
    assert [limit.left_bytes for limit in memory_limits(root)] == [0]


@pytest.mark.parametrize("cgroup", ["", "0::/a\n", "4:memory:/a\n"])
def test_a_host_without_limits_has_none(tree: Tree, cgroup: str) -> None:
    assert list(memory_limits(tree(own(cgroup, V1 + V2)))) == []


def test_a_host_without_control_groups_has_none(tree: Tree) -> None:
    assert list(memory_limits(tree({}))) == []


def test_bounds_of_cpu_time_count_at_every_level_of_either_version(tree: Tree) -> None:
    cpu = "33 31 0:33 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
    first = {
        "sys/fs/cgroup/cpu/a/cpu.cfs_quota_us": "150000\n",
        "sys/fs/cgroup/cpu/a/cpu.cfs_period_us": "100000\n",
        "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
        "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
    }
    assert list(cpu_quotas(tree(own("4:cpu,cpuacct:/a\n", cpu) | first))) == [
        Quota(1.5, "/sys/fs/cgroup/cpu/a/cpu.cfs_quota_us")
    ]
    second = {
        "sys/fs/cgroup/a/cpu.max": "50000 100000\n",
        "sys/fs/cgroup/a/b/cpu.max": "max 100000\n",
    }
    assert list(cpu_quotas(tree(own("0::/a/b\n", V2) | second))) == [
        Quota(0.5, "/sys/fs/cgroup/a/cpu.max")
    ]


def test_kills_are_counted_at_every_level_of_either_version(tree: Tree) -> None:
    events = "low 0\nhigh 3\nmax 9\noom 2\noom_kill {}\n"
    root = tree(
        own("4:memory:/a\n0::/b\n", V1 + V2.replace("/sys/fs/cgroup", "/sys/fs/cgroup/unified"))
        | v1("/a", "100", limit="1000\n")
        | {
            "sys/fs/cgroup/memory/a/memory.oom_control": "under_oom 0\noom_kill 7\n",
            "sys/fs/cgroup/memory/memory.oom_control": "under_oom 0\noom_kill 1\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": UNLIMITED,
            "sys/fs/cgroup/unified/b/memory.events": events.format(4),
            "sys/fs/cgroup/unified/b/memory.max": "max\n",
        }
    )
    assert list(memory_groups(root)) == [
        MemoryGroup(7, 1000, "/sys/fs/cgroup/memory/a/memory.limit_in_bytes"),
        MemoryGroup(1, None, "/sys/fs/cgroup/memory/memory.limit_in_bytes"),
        MemoryGroup(4, None, "/sys/fs/cgroup/unified/b/memory.max"),
    ]
