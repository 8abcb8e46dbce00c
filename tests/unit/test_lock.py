"""The lock file: within the ranges that users get, complete, by hash, and what the venv is."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "requirements-dev.lock").read_text(encoding="utf-8")
RENEW = "run `make lock`, then `make venv`"


def entries() -> list[str]:
    """Each requirement of the lock with its hashes, as one line."""
    lines = [line for line in LOCK.splitlines() if not line.lstrip().startswith("#")]
    return "\n".join(lines).replace("\\\n", " ").splitlines()


def pins() -> dict[str, str]:
    """Version by name, of what the lock has for this Python."""
    found = [Requirement(entry.partition("--hash")[0]) for entry in entries()]
    here = [pin for pin in found if pin.marker is None or pin.marker.evaluate()]
    return {canonicalize_name(pin.name): str(pin.specifier).removeprefix("==") for pin in here}


PINS = pins()


def asked() -> Iterator[Requirement]:
    """What pyproject.toml asks for here: for use, for Ansible, for development, for building."""
    content = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = content["project"]["optional-dependencies"]
    lines = [*content["project"]["dependencies"], *content["build-system"]["requires"]]
    for line in (*lines, *extras["ansible"], *extras["dev"]):
        yield Requirement(line)


def wanted_by(name: str) -> list[Requirement]:
    """What an installed package asks for here, without its extras."""
    needed = [Requirement(line) for line in distribution(name).requires or ()]
    return [item for item in needed if item.marker is None or item.marker.evaluate({"extra": ""})]


def satisfied(requirement: Requirement) -> bool:
    """Whether the lock has a version that a requirement allows."""
    version = PINS.get(canonicalize_name(requirement.name))
    return version is not None and requirement.specifier.contains(version)


@pytest.mark.parametrize("requirement", list(asked()), ids=str)
def test_the_lock_is_within_the_ranges_of_pyproject(requirement: Requirement) -> None:
    assert satisfied(requirement), RENEW


@pytest.mark.parametrize("name", sorted(PINS))
def test_the_venv_is_what_the_lock_says(name: str) -> None:
    try:
        installed = distribution(name).version
    except PackageNotFoundError:
        installed = "nothing"
    assert installed == PINS[name], "run `make venv`"


@pytest.mark.parametrize("name", sorted(PINS))
def test_the_lock_has_what_its_packages_ask_for(name: str) -> None:
    missing = [str(item) for item in wanted_by(name) if not satisfied(item)]
    assert not missing, RENEW


def test_every_version_is_pinned_by_hash_and_no_index_is_named() -> None:
    bare = [entry for entry in entries() if "==" not in entry or "--hash=sha256:" not in entry]
    assert entries() and not bare
    assert not re.findall(r"^--.*|.*://.*", LOCK, re.MULTILINE)
