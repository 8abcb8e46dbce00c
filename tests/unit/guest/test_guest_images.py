from __future__ import annotations

from pathlib import Path

import pytest

from bench.errors import BenchError, UsageError
from bench.guest import images

# As apt-cache names them.
PACKAGES = [
    "linux-image-6.1.0-9-amd64",
    "linux-image-6.1.0-56-amd64",
    "linux-image-6.1.0-48-amd64",
    "linux-image-6.1.0-57-cloud-amd64",
    "linux-image-6.1.0-58-rt-amd64",
    "linux-image-6.1.0-59-amd64-dbg",
    "linux-image-6.1.0-60-amd64-unsigned",
    "linux-image-6.12-amd64",
    "linux-image-6.12.100+deb12-amd64",
    "linux-image-6.12.117+deb12-amd64",
    "linux-image-6.12.117+deb12-rt-amd64",
    "linux-image-6.12.9~bpo12+1-amd64",
    "linux-image-6.12.118+deb12-cloud-amd64",
    "linux-image-6.12.118+deb12-arm64",
]


@pytest.mark.parametrize(
    ("version", "rt", "arch", "expected"),
    [
        ("6.1", False, "amd64", "linux-image-6.1.0-56-amd64"),
        ("6.1", True, "amd64", "linux-image-6.1.0-58-rt-amd64"),
        ("6.12", False, "amd64", "linux-image-6.12.117+deb12-amd64"),
        ("6.12", True, "amd64", "linux-image-6.12.117+deb12-rt-amd64"),
        ("6.12", False, "arm64", "linux-image-6.12.118+deb12-arm64"),
    ],
)
def test_newest_of_its_version_and_flavour(
    version: str, rt: bool, arch: str, expected: str
) -> None:
    assert images.newest(PACKAGES, version, rt=rt, arch=arch) == expected
    assert images.newest(reversed(PACKAGES), version, rt=rt, arch=arch) == expected


def test_a_version_that_apt_does_not_know() -> None:
    with pytest.raises(BenchError, match="no package") as caught:
        images.newest(PACKAGES, "6.2", rt=False, arch="amd64")
    assert "apt-get update" in caught.value.remedy


@pytest.mark.parametrize("name", ["", "debian:6", "debian:", "fedora:6.1", "debian:6.1-cloud"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match="no kernel") as caught:
        images.image(name)
    assert "debian:6.12" in caught.value.remedy


def test_a_file_is_itself(tmp_path: Path) -> None:
    file = tmp_path / "bzImage"
    file.write_bytes(b"x")
    found = images.image(str(file))
    assert (found.name, found.source, found.kernel) == (str(file), str(file), file)


def offer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """apt and dpkg replaced by what they would do; the calls of apt-get."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    asked: list[str] = []

    def run(words: list[object], **options: object) -> str:
        line = " ".join(str(word) for word in words)
        if line.startswith("apt-cache"):
            return "linux-image-6.1.0-56-amd64 - Linux 6.1 for 64-bit PCs (signed)\n"
        if "apt-get" in line:
            asked.append(line)
            folder = Path(str(words[1]).removeprefix("--chdir="))
            (folder / "linux-image.deb").write_bytes(b"package")
        if line.startswith("dpkg -x"):
            boot = Path(str(words[3])) / "boot"
            boot.mkdir()
            (boot / "vmlinuz-6.1.0-56-amd64").write_bytes(b"kernel")
        return "amd64\n"

    monkeypatch.setattr(images, "run", run)
    return asked


def test_a_kernel_is_fetched_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = offer(monkeypatch, tmp_path)
    first, second = images.image("debian:6.1"), images.image("debian:6.1")
    assert first == second and first.kernel.name == "vmlinuz-6.1.0-56-amd64"
    assert len(asked) == 1 and asked[0].endswith(" linux-image-6.1.0-56-amd64")
    left = [path.name for path in first.kernel.parents[1].parent.iterdir()]
    assert left == ["linux-image-6.1.0-56-amd64"], "neither packages nor parts of one"


def test_without_apt_s_lists_a_kernel_fetched_before_is_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = offer(monkeypatch, tmp_path)
    fetched = images.image("debian:6.1")
    monkeypatch.setattr(images, "_packages", lambda version: [])
    assert images.image("debian:6.1") == fetched and len(asked) == 1
    with pytest.raises(BenchError, match="no package"):
        images.image("debian:6.12")


def test_a_failed_download_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    offer(monkeypatch, tmp_path)
    whole = images.run

    def failing(words: list[object], **options: object) -> str:
        if "apt-get" in words:
            raise BenchError("no network")
        return whole(words, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(images, "run", failing)
    with pytest.raises(BenchError, match="no network"):
        images.image("debian:6.1")
    assert list((tmp_path / "bpf-timer-bench" / "kernels").iterdir()) == []
