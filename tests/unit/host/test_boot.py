from __future__ import annotations

from pathlib import Path

from bench.host.boot import boot_id


def test_the_boot_has_the_kernels_name(tmp_path: Path) -> None:
    file = tmp_path / "proc/sys/kernel/random/boot_id"
    assert boot_id(tmp_path) is None
    file.parent.mkdir(parents=True)
    file.write_text("0a-1b\n")
    assert boot_id(tmp_path) == "0a-1b"
