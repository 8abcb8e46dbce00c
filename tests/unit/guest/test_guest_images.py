from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import pytest

from bench.errors import BenchError, UsageError
from bench.guest import apt, fetching, images
from bench.guest.packages import Wanted, kernels, packages
from tests.unit.guest.test_guest_contents import X86
from tests.unit.guest.test_guest_packages import split, stanza

WHOLE = "linux-image-6.1.0-56-amd64"
OFFERED = "\n".join([stanza(WHOLE, "6.1.190-1"), *split("7.3-amd64", "7.3~rc7-1~exp1")])


@pytest.mark.parametrize("name", ["", "debian:6.1-lts", "debian:", "fedora:6.1"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match="no kernel") as caught:
        images.image(name, print)
    assert "debian:6.12" in caught.value.remedy


@pytest.fixture(autouse=True)
def _amd64(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "here", lambda: "amd64")


def test_a_file_is_itself(tmp_path: Path) -> None:
    file = tmp_path / "bzImage"
    file.write_bytes(X86)
    found = images.image(str(file), print)
    assert (found.name, found.source, found.kernel) == (str(file), str(file), file)


def test_a_kernel_given_by_path_may_have_a_short_name(tmp_path: Path) -> None:
    file = tmp_path / "bzImage"
    file.write_bytes(X86)
    found = images.image(f"patched={file}", print)
    assert (found.name, found.source) == ("patched", str(file))
    odd = tmp_path / "a=b"
    odd.write_bytes(X86 + b"y")
    assert images.image(str(odd), print).name == str(odd), "a file is itself, whatever its name"
    with pytest.raises(UsageError, match="no kernel"):
        images.image("patched=nothing", print)


def test_a_build_tree_has_its_kernel(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no kernel's build tree") as caught:
        images.image(str(tmp_path), print)
    assert "make" in caught.value.remedy
    built = tmp_path / "arch/x86/boot/bzImage"
    built.parent.mkdir(parents=True)
    built.write_bytes(X86)
    assert images.image(f"mine={tmp_path}", print) == images.Image("mine", str(built), built)


def test_a_rebuilt_kernel_is_another_one(mirror: Mirror, tmp_path: Path) -> None:
    file = tmp_path / "bzImage"
    file.write_bytes(X86)
    first = images.image(str(file), print).identity
    file.write_bytes(X86 + b"y")
    assert images.image(str(file), print).identity != first
    assert images.image("debian:6.1", print).identity == f"{WHOLE} 6.1.190-1"


class Mirror:
    """What apt and dpkg would do; ``calls`` of apt-get, ``down`` = it cannot be reached."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.down = False

    def run(self, words: list[object], **options: object) -> str:
        line = " ".join(str(word) for word in words)
        tool = str(words[2] if words[0] == "env" else words[0])
        if tool == "apt-get" and "indextargets" not in words:
            self.calls.append(line.partition(" --option")[2].rpartition("srcpkgcache.bin ")[2])
            if self.down:
                raise apt.CommandError("apt-get failed", detail="Err: no network\n")
        if "download" in words:
            folder = Path(str(words[1]).removeprefix("--chdir="))
            for word in words[words.index("--quiet") + 1 :]:
                (folder / f"{str(word).partition('=')[0]}.deb").write_bytes(b"package")
        if tool == "dpkg" and "-x" in words:
            self._unpack(Path(str(words[2])).stem, Path(str(words[3])))
        return {"apt-cache": OFFERED if "show" in words else WHOLE}.get(tool, "")

    @staticmethod
    def _unpack(package: str, root: Path) -> None:
        release = package.split("-", 2)[2]
        file = root / "boot" / f"vmlinuz-{release}"
        if package.startswith("linux-binary-"):
            file = root / "usr/lib/modules" / release / "vmlinuz"
        if package == WHOLE or package.startswith("linux-binary-"):
            file.parent.mkdir(parents=True)
            file.write_bytes(b"kernel")


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Mirror:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(apt, "KEYRING", tmp_path)
    monkeypatch.setattr(images, "here", lambda: "amd64")
    made = Mirror()
    monkeypatch.setattr(apt, "run", made.run)
    monkeypatch.setattr(fetching, "run", made.run)
    return made


def kept(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "bpf-timer-bench" / "kernels").iterdir())


def test_a_kernel_is_fetched_once(mirror: Mirror, tmp_path: Path) -> None:
    first, second = images.image("debian:6.1", print), images.image("debian:6.1", print)
    assert first == second and first.kernel.name == "vmlinuz-6.1.0-56-amd64"
    assert mirror.calls == [
        "update --quiet --error-on=any",
        f"download --quiet {WHOLE}=6.1.190-1",
    ]
    assert kept(tmp_path) == [f"{WHOLE}_6.1.190-1"], "neither packages nor parts of one"


def test_a_kernel_of_four_packages_lies_where_others_do(mirror: Mirror) -> None:
    found = images.image("debian:7.3", print)
    assert "release candidate rc7" in found.source
    assert found.kernel.name == "vmlinuz-7.3-amd64" and found.kernel.read_bytes() == b"kernel"
    assert (found.kernel.parents[1] / "lib/modules/7.3-amd64/vmlinuz").exists()
    assert len(mirror.calls[-1].split()) == 2 + 4


def test_lists_of_today_are_used_and_older_ones_fetched_again(
    mirror: Mirror, tmp_path: Path
) -> None:
    images.image("debian:6.1", print)
    stamp = tmp_path / "bpf-timer-bench/apt/amd64/updated"
    old = stamp.stat().st_mtime - apt.FRESH_S - 1
    os.utime(stamp, (old, old))
    images.image("debian:6.1", print)
    assert sum(call.startswith("update") for call in mirror.calls) == 2
    os.utime(stamp, (old, old))
    mirror.down, said = True, list[str]()
    images.image("debian:6.1", said.append)
    assert any("the lists of" in line and "Err: no network" in line for line in said)


def test_without_lists_a_kernel_fetched_before_is_used(mirror: Mirror, tmp_path: Path) -> None:
    fetched = images.image("debian:6.1", print)
    (tmp_path / "bpf-timer-bench/apt/amd64/updated").unlink()
    mirror.down, said = True, list[str]()
    assert images.image("debian:6.1", said.append) == fetched
    assert any("fetched before is used" in line for line in said)
    with pytest.raises(BenchError, match="apt-get failed"):
        images.image("debian:7.3", print)


def test_a_failed_download_leaves_nothing(
    mirror: Mirror, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    images.image("debian:6.1", print)
    mirror.down = True
    with pytest.raises(BenchError, match="apt-get failed"):
        images.image("debian:7.3", print)
    assert kept(tmp_path) == [f"{WHOLE}_6.1.190-1"]


def test_no_space_is_told_before_the_download(
    mirror: Mirror, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    full = os.statvfs(tmp_path)

    class Full:
        f_bavail, f_frsize = 1, full.f_frsize

    monkeypatch.setattr(fetching.os, "statvfs", lambda path: Full)
    with pytest.raises(BenchError, match=r"needs 0 MiB; .* has 0 MiB") as caught:
        images.image("debian:7.3", print)
    assert "XDG_CACHE_HOME" in caught.value.remedy
    assert kept(tmp_path) == [] and "download" not in mirror.calls[-1]


def test_two_that_fetch_at_once_wait_for_each_other(
    mirror: Mirror, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    inner = apt.Archive.download

    def slow(self: apt.Archive, wanted: Any, into: Path) -> None:
        begun.set()
        assert go_on.wait(10)
        inner(self, wanted, into)

    monkeypatch.setattr(apt.Archive, "download", slow)
    found: list[images.Image] = []
    said: list[str] = []

    def told(line: str) -> None:
        said.append(line)
        if "waiting" in line:
            go_on.set()

    first = threading.Thread(target=lambda: found.append(images.image("debian:7.3", print)))
    second = threading.Thread(target=lambda: found.append(images.image("debian:7.3", told)))
    first.start()
    assert begun.wait(10)
    second.start()
    first.join(10)
    second.join(10)
    assert len(found) == 2 and found[0] == found[1]
    assert sum(call.startswith("download") for call in mirror.calls) == 1
    assert "waiting for another bench that fetches kernels" in said


def test_apt_of_the_machine_is_neither_read_nor_changed(
    mirror: Mirror, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: list[str] = []
    monkeypatch.setattr(apt, "run", lambda words, **_: seen.append(" ".join(map(str, words))) or "")
    with pytest.raises(BenchError, match="no suite of Debian"):
        images.image("debian:6.1", print)
    own = tmp_path / "bpf-timer-bench/apt/amd64"
    changing = [line for line in seen if "indextargets" not in line]
    assert len(changing) == 2
    for line in changing:
        for place in ("Dir::State", "Dir::State::Lists", "Dir::Cache", "Dir::Etc::SourceList"):
            assert f"--option={place}={own}" in line
        assert "Dir::Etc::SourceParts=/dev/null" in line
    suites = [line.split()[-2] for line in (own / "sources.list").read_text().splitlines()]
    assert {"bookworm", "trixie-backports", "sid", "experimental", "trixie-security"} < set(suites)
    assert "signed-by=" in (own / "sources.list").read_text()


def test_what_the_mirror_offers_is_read() -> None:
    assert len(list(kernels(packages(OFFERED), "amd64"))) == 2


def test_a_kernel_of_another_architecture_is_asked_for_by_its_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[str, str]] = []

    def debian(wanted: Wanted, arch: str, say: object) -> tuple[str, Path]:
        asked.append((wanted.name, arch))
        return "linux-image-6.12", Path("vmlinuz")

    monkeypatch.setattr(images, "debian", debian)
    found = images.image("arm=debian:6.12-rt/arm64", print, foreign=True)
    assert (found.name, found.arch, found.machine) == ("arm", "arm64", "aarch64")
    own = images.image("debian:6.12/amd64", print)
    assert (own.name, own.arch, own.machine) == ("debian:6.12/amd64", "", os.uname().machine)
    assert asked == [("debian:6.12-rt", "arm64"), ("debian:6.12", "amd64")]
    with pytest.raises(UsageError, match="kernels of this command are of amd64"):
        images.image("debian:6.12/arm64", print)
    with pytest.raises(UsageError, match="no architecture 's390x'") as caught:
        images.image("debian:6.12/s390x", print, foreign=True)
    assert caught.value.remedy == "Give amd64 or arm64"


def test_nothing_is_fetched_for_guests_that_cannot_be(
    mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> Path:
        raise BenchError("virtme-ng is not installed")

    monkeypatch.setattr(images, "vng", missing)
    said: list[str] = []
    with pytest.raises(BenchError, match="virtme-ng is not installed"):
        images.image("debian:6.1", said.append)
    assert said == []
