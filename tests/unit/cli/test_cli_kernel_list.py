from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.cli import kernel_list
from bench.cli.main import main
from bench.guest.packages import Kernel
from tests.unit.guest.test_guest_packages import KERNELS


class Known:
    """An archive with the kernels of the test."""

    def __init__(self, arch: str, say: object) -> None:
        pass

    @contextmanager
    def locked(self) -> Iterator[None]:
        yield

    def kernels(self) -> list[Kernel]:
        return list(KERNELS)


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(kernel_list, "Archive", Known)
    monkeypatch.setattr(kernel_list, "here", lambda: "amd64")
    (tmp_path / "bpf-timer-bench/kernels/linux-image-7.2.13+deb14-amd64_7.2.13-1").mkdir(
        parents=True
    )


def show(*words: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["matrix", "--list", *words])
    assert not ended.value.code


def test_each_version_and_flavour_is_listed_once_from_old_to_new(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show("--json")
    found = json.loads(capsys.readouterr().out)["kernels"]
    names = [kernel["kernel"] for kernel in found]
    assert names[0] == "debian:6.1" and names[-1] == "debian:7.3-rt"
    assert len(set(names)) == len(names)
    by_name = {kernel["kernel"]: kernel for kernel in found}
    assert by_name["debian:7.2"]["fetched"] and not by_name["debian:6.1"]["fetched"]
    assert by_name["debian:7.1"]["missing"] == ["linux-modules-7.1.13+deb13-amd64"]


def test_the_table_says_what_can_be_had_and_what_is_a_candidate(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show()
    text = " ".join(capsys.readouterr().out.split())
    for part in (
        "fetched",
        "0 MiB to fetch",
        "release candidate rc7",
        "cannot be had: no suite has",
    ):
        assert part in text
