"""Debian's kernel packages: which there are, and which of them make up a kernel. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bench.errors import BenchError, UsageError, quoted

EXAMPLES = "debian:6.12, debian:7.3-rt, debian:6.12-cloud, debian:6.12/arm64"
FLAVOURS = ("", "rt", "cloud")
_NAME = re.compile(r"debian:(?P<version>\d+(\.\d+){0,2})(-(?P<flavour>rt|cloud))?")
_IMAGE = re.compile(r"linux-image-(?P<release>\d\S*?)(-(?P<flavour>rt|cloud))?-(?P<arch>[a-z0-9]+)")
_PART = re.compile(r"(linux-(?:base|binary|modules)-\d\S*) \(= ([^)\s]+)\)")
_CANDIDATE = re.compile(r"[~-](rc\d+)")
_FIELD = re.compile(r"^(Package|Version|Size|Installed-Size|Depends): (.*)$", re.MULTILINE)
_META = re.compile(r"\blinux-image-\d")
KIB = 1 << 10


@dataclass(frozen=True, slots=True)
class Wanted:
    """What ``debian:VERSION``, ``debian:VERSION-rt`` or ``debian:VERSION-cloud`` asks for.

    Attributes:
        version: The beginning of an upstream version: ``7``, ``6.12``, ``6.12.117``.
        flavour: Of FLAVOURS.
    """

    version: str
    flavour: str = ""

    @property
    def name(self) -> str:
        """As a user writes it."""
        return f"debian:{self.version}" + (f"-{self.flavour}" if self.flavour else "")

    @classmethod
    def parse(cls, name: str) -> Wanted:
        """From such a name.

        Raises:
            UsageError: It is none.
        """
        match = _NAME.fullmatch(name)
        if match is None:
            raise UsageError(f"no kernel {quoted(name)}", remedy=f"Write it like {EXAMPLES}")
        return cls(match["version"], match["flavour"] or "")


@dataclass(frozen=True, slots=True)
class Package:
    """A package that an archive has.

    Attributes:
        parts: Name and version of those that have the rest of the kernel.
        meta: Whether it only depends on another kernel's package.
    """

    name: str
    version: str
    size_bytes: int
    installed_bytes: int
    parts: tuple[tuple[str, str], ...] = ()
    meta: bool = False


def packages(text: str) -> list[Package]:
    """Packages as ``apt-cache show`` prints them."""
    return [_package(stanza) for stanza in text.split("\n\n") if stanza.strip()]


def _package(stanza: str) -> Package:
    fields = dict(_FIELD.findall(stanza))
    depends = fields.get("Depends", "")
    return Package(
        name=fields["Package"],
        version=fields["Version"],
        size_bytes=int(fields["Size"]),
        installed_bytes=KIB * int(fields.get("Installed-Size", 0)),
        parts=tuple(_PART.findall(depends)),
        meta=_META.search(depends) is not None,
    )


@dataclass(frozen=True, slots=True)
class Kernel:
    """A kernel of Debian.

    Attributes:
        flavour: Of FLAVOURS.
        package: The one that names it.
        packages: All that have something of it; before 7.0 ``package`` alone.
        missing: Names of packages without which it cannot be booted, and that no archive has.
    """

    flavour: str
    package: str
    version: str
    packages: tuple[Package, ...]
    missing: tuple[str, ...] = ()

    @property
    def upstream(self) -> str:
        """Version of the kernel itself, ``7.2.13`` or ``7.3~rc7``."""
        return self.version.partition("-")[0]

    @property
    def series(self) -> Wanted:
        """What asks for the newest kernel of its two first numbers."""
        numbers = re.findall(r"\d+", self.upstream)
        return Wanted(".".join(numbers[:2]), self.flavour)

    @property
    def source(self) -> str:
        """Package and version; a release candidate is named as one."""
        return described(self.package, self.version)

    @property
    def size_bytes(self) -> int:
        """To download."""
        return sum(package.size_bytes for package in self.packages)

    @property
    def space_bytes(self) -> int:
        """On disk while it is unpacked."""
        return sum(package.size_bytes + package.installed_bytes for package in self.packages)

    def answers(self, wanted: Wanted) -> bool:
        """Whether it is of the version and flavour."""
        return fits(self.version, self.flavour, wanted)


def fits(version: str, flavour: str, wanted: Wanted) -> bool:
    """Whether a package's version is one of those asked for."""
    numbers = re.split(r"[.~-]", version)
    asked = wanted.version.split(".")
    return flavour == wanted.flavour and numbers[: len(asked)] == asked


def candidate(version: str) -> str:
    """``rc7`` if a version is that release candidate, else nothing."""
    found = _CANDIDATE.search(version)
    return found[1] if found else ""


def described(package: str, version: str) -> str:
    """A package with its version; a release candidate is named as one."""
    rc = candidate(version)
    return f"{package} {version}" + (f", release candidate {rc}" if rc else "")


def image_of(package: str, arch: str) -> str | None:
    """The flavour of the kernel that a package's name promises; None if it promises none."""
    match = _IMAGE.fullmatch(package)
    return (match["flavour"] or "") if match and match["arch"] == arch else None


def kernels(found: Iterable[Package], arch: str) -> Iterator[Kernel]:
    """The kernels of an architecture, each with the packages that make it up."""
    by_name = {(package.name, package.version): package for package in found}
    for package in by_name.values():
        flavour = image_of(package.name, arch)
        if flavour is None or package.meta:
            continue
        parts = {key: by_name.get(key) for key in package.parts}
        # linux-base-V has neither the kernel nor modules.
        needed = [key for key in parts if not key[0].startswith("linux-base-")]
        yield Kernel(
            flavour=flavour,
            package=package.name,
            version=package.version,
            packages=(package, *(part for part in parts.values() if part)),
            missing=tuple(name for name, version in needed if parts[name, version] is None),
        )


def newest(known: Iterable[Kernel], wanted: Wanted) -> Kernel | None:
    """The newest kernel that is wanted; one that can be had before one that cannot."""
    fitting = [kernel for kernel in known if kernel.answers(wanted)]
    return max(
        fitting, key=lambda kernel: (not kernel.missing, version_key(kernel.version)), default=None
    )


def had(kernel: Kernel | None, wanted: Wanted, arch: str) -> Kernel:
    """The kernel, if it can be had.

    Raises:
        BenchError: There is none, or parts of it are missing.
    """
    if kernel is None:
        raise BenchError(
            f"no suite of Debian has a kernel {wanted.version} {wanted.flavour or 'as usual'} "
            f"for {arch}",
            remedy="See `bench matrix --list`",
        )
    if kernel.missing:
        raise BenchError(
            f"{wanted.name}: {kernel.source} is listed, but no suite has {kernel.missing[0]} any "
            "more",
            remedy="See `bench matrix --list`",
        )
    return kernel


def version_key(version: str) -> list[tuple[list[int], int]]:
    """Sorts versions as dpkg does: words and numbers in turns, ``~`` before the end of a word."""
    pairs = re.findall(r"(\D*)(\d*)", version)
    return [([*map(_order, word), 0], int(number or 0)) for word, number in pairs]


def _order(character: str) -> int:
    if character == "~":
        return -1
    return ord(character) if character.isalpha() else ord(character) + 256
