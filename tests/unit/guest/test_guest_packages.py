from __future__ import annotations

import random

import pytest

from bench.errors import BenchError, UsageError
from bench.guest.packages import (
    Kernel,
    Wanted,
    had,
    image_of,
    kernels,
    newest,
    packages,
    version_key,
)


def stanza(name: str, version: str, depends: str = "kmod", size: int = 1000) -> str:
    return (
        f"Package: {name}\nVersion: {version}\nInstalled-Size: 2\nDepends: {depends}\n"
        f"Filename: pool/{name}.deb\nSize: {size}\nDescription: x\n"
    )


def split(release: str, version: str, *, without: str = "") -> list[str]:
    parts = [f"linux-{kind}-{release}" for kind in ("base", "binary", "modules")]
    depends = ", ".join(f"{part} (= {version})" for part in parts)
    image = stanza(f"linux-image-{release}", version, f"dracut | linux-initramfs-tool, {depends}")
    return [image, *(stanza(part, version) for part in parts if without not in part or not without)]


# As apt-cache prints them.
FOUND = packages(
    "\n".join(
        [
            stanza("linux-image-6.1.0-9-amd64", "6.1.27-1"),
            stanza("linux-image-6.1.0-56-amd64", "6.1.190-1"),
            stanza("linux-image-6.1.0-57-cloud-amd64", "6.1.192-1"),
            stanza("linux-image-6.1.0-58-rt-amd64", "6.1.193-1"),
            stanza("linux-image-6.1.0-59-amd64-dbg", "6.1.194-1"),
            stanza("linux-image-6.1.0-60-amd64-unsigned", "6.1.195-1"),
            stanza("linux-image-6.12-amd64", "6.12.199-1", "linux-image-6.12.9-amd64 (= 1)"),
            stanza("linux-image-6.12.117+deb12-amd64", "6.12.117-1~deb12u1"),
            stanza("linux-image-6.12.117+deb13-amd64", "6.12.117-1"),
            stanza("linux-image-6.12.118+deb12-rt-amd64", "6.12.118-1"),
            stanza("linux-image-6.12.119-arm64", "6.12.119-1"),
            stanza("linux-image-6.18.15+deb13-amd64", "6.18.15-1", "linux-base-6.18.15 (= 6.18)"),
            *split("7.1.13+deb13-amd64", "7.1.13-1~bpo13+1", without="modules"),
            *split("7.1.8+deb13-amd64", "7.1.8-1~bpo13+1", without="modules"),
            *split("7.2.13+deb14-amd64", "7.2.13-1"),
            *split("7.2.12+deb13-amd64", "7.2.12-1~bpo13+1"),
            *split("7.3-amd64", "7.3~rc7-1~exp1"),
            *split("7.3-rt-amd64", "7.3~rc7-1~exp1"),
        ]
    )
)
KERNELS = list(kernels(FOUND, "amd64"))


@pytest.mark.parametrize(
    ("name", "package"),
    [
        ("debian:6.1", "linux-image-6.1.0-56-amd64"),
        ("debian:6.1-rt", "linux-image-6.1.0-58-rt-amd64"),
        ("debian:6.1-cloud", "linux-image-6.1.0-57-cloud-amd64"),
        ("debian:6.12", "linux-image-6.12.117+deb13-amd64"),
        ("debian:6.12-rt", "linux-image-6.12.118+deb12-rt-amd64"),
        ("debian:6", "linux-image-6.18.15+deb13-amd64"),
        ("debian:7.2", "linux-image-7.2.13+deb14-amd64"),
        ("debian:7.2.12", "linux-image-7.2.12+deb13-amd64"),
        ("debian:7.3-rt", "linux-image-7.3-rt-amd64"),
        ("debian:7", "linux-image-7.3-amd64"),
    ],
)
def test_the_newest_of_a_version_and_flavour(name: str, package: str) -> None:
    wanted = Wanted.parse(name)
    assert wanted.name == name
    for seed in range(5):
        shuffled = random.Random(seed).sample(KERNELS, len(KERNELS))
        assert had(newest(shuffled, wanted), wanted, "amd64").package == package


def test_of_another_architecture() -> None:
    [kernel] = kernels(FOUND, "arm64")
    assert kernel.package == "linux-image-6.12.119-arm64"


def one(name: str) -> Kernel:
    found = newest(KERNELS, Wanted.parse(name))
    assert found
    return found


def test_a_kernel_of_7_0_is_four_packages_and_one_of_before_one() -> None:
    kinds = [package.name.split("-")[1] for package in one("debian:7.2").packages]
    assert sorted(kinds) == ["base", "binary", "image", "modules"]
    assert one("debian:7.2").size_bytes == 4_000
    assert one("debian:7.2").space_bytes == 4_000 + 4 * 2 * 1024
    assert [package.name for package in one("debian:6.1").packages] == [
        "linux-image-6.1.0-56-amd64"
    ]


def test_a_release_candidate_is_named_as_one() -> None:
    assert one("debian:7.3").source == "linux-image-7.3-amd64 7.3~rc7-1~exp1, release candidate rc7"
    assert "candidate" not in one("debian:7.2").source


def test_a_kernel_whose_modules_are_gone_says_so() -> None:
    kernel = one("debian:7.1")
    assert kernel.missing == ("linux-modules-7.1.13+deb13-amd64",)
    with pytest.raises(BenchError, match=r"7\.1\.13.* is listed, but no suite has linux-modules"):
        had(kernel, Wanted("7.1"), "amd64")


def test_the_base_of_6_18_is_not_needed() -> None:
    assert one("debian:6.18").missing == ()


def test_a_version_that_debian_does_not_have() -> None:
    wanted = Wanted.parse("debian:6.2")
    with pytest.raises(BenchError, match=r"6\.2") as caught:
        had(newest(KERNELS, wanted), wanted, "amd64")
    assert "--list" in caught.value.remedy


@pytest.mark.parametrize("name", ["debian:", "fedora:6.1", "debian:6.1-lts", "debian:6.", "6.1"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match="no kernel") as caught:
        Wanted.parse(name)
    assert "debian:6.12" in caught.value.remedy


def test_names_of_kernels() -> None:
    assert image_of("linux-image-7.3-rt-amd64", "amd64") == "rt"
    for name in ("linux-image-amd64", "linux-image-6.1.0-9-amd64-dbg", "linux-base-7.3-amd64"):
        assert image_of(name, "amd64") is None


def test_versions_sort_as_dpkg_sorts_them() -> None:
    # Checked with dpkg --compare-versions.
    ordered = [
        "6.1.27-1",
        "6.12.9-1",
        "6.12.117-1~bpo12+1",
        "6.12.117-1~deb12u1",
        "6.12.117-1",
        "6.12.117-1+b1",
        "7.3~rc6-1~exp1",
        "7.3~rc7-1~exp1",
        "7.3-1",
        "7.3.4-1~bpo13+1",
    ]
    assert sorted(reversed(ordered), key=version_key) == ordered
