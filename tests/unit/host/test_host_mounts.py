from __future__ import annotations

from pathlib import Path

import pytest

from bench.host.mounts import find_mounts, mount_remedy


def write(proc: Path, *lines: str) -> Path:
    (proc / "mounts").write_text("".join(f"{line} rw 0 0\n" for line in lines))
    return proc


def test_points_by_type(tmp_path: Path) -> None:
    found = find_mounts(
        write(
            tmp_path,
            "nodev /sys/kernel/tracing tracefs",
            "bpf /sys/fs/bpf bpf",
            "cgroup /sys/fs/cgroup/cpu cgroup",
            "cgroup2 /sys/fs/cgroup/unified cgroup2",
        )
    )
    assert found.tracefs == Path("/sys/kernel/tracing")
    assert found.bpffs == Path("/sys/fs/bpf")
    assert found.cgroup2 == Path("/sys/fs/cgroup/unified")
    assert found.debugfs is None


def test_octal_escapes_are_decoded(tmp_path: Path) -> None:
    found = find_mounts(write(tmp_path, r"none /mnt/my\040trace\134fs tracefs"))
    assert found.tracefs == Path(r"/mnt/my trace\fs")


def test_the_first_of_several_is_taken(tmp_path: Path) -> None:
    found = find_mounts(write(tmp_path, "n /sys/kernel/tracing tracefs", "n /other tracefs"))
    assert found.tracefs == Path("/sys/kernel/tracing")


def test_a_hidden_mount_is_not_seen(tmp_path: Path) -> None:
    found = find_mounts(write(tmp_path, "n /point tracefs", "n /point tmpfs", "n /b tracefs"))
    assert found.tracefs == Path("/b")


@pytest.mark.parametrize(
    ("mounted", "command"),
    [
        (["t /sys/fs/cgroup tmpfs", "c /sys/fs/cgroup/cpu cgroup"], "/sys/fs/cgroup/unified`"),
        (["none /mnt/cpu cgroup"], "/sys/fs/cgroup/unified`"),
        (["sysfs /sys sysfs"], "Run `mount -t cgroup2 none /sys/fs/cgroup`"),
    ],
)
def test_cgroup2_goes_beside_version_1_only_where_there_is_one(
    mounted: list[str], command: str, tmp_path: Path
) -> None:
    text = mount_remedy("cgroup2", write(tmp_path, *mounted))
    assert text.endswith(command) and "mount -t cgroup2" in text


@pytest.mark.parametrize(
    ("kind", "command"),
    [
        ("tracefs", "mount -t tracefs none /sys/kernel/tracing"),
        ("bpffs", "mount -t bpf none /sys/fs/bpf"),
        ("debugfs", "mount -t debugfs none /sys/kernel/debug"),
    ],
)
def test_what_is_not_mounted_is_mounted_where_it_belongs(kind: str, command: str) -> None:
    assert f"`{command}`" in mount_remedy(kind)
