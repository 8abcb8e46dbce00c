"""Which tests must run alone: `make test` runs all others side by side, see tests/run.sh."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

from tests import repeats
from tests.orphans import mark, take_away
from tests.playbooks.lab import LAB, remove_orphan

# A machine may be slow: no test asserts how fast something is.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

HERE = Path(__file__).parent
ALONE = tuple(
    HERE / name
    for name in (
        "docs/test_docs_blocks.py",
        "docs/test_docs_fleet.py",
        "kernel",
        "playbooks",
    )
)
"""They measure, load BPF programs, mount, or change settings."""
BESIDE = tuple(
    HERE / name
    for name in (
        "playbooks/test_bench_playbook.py",
        "playbooks/test_boots_role.py",
        "playbooks/test_collect_role.py",
        "playbooks/test_host_role.py",
        "playbooks/test_input.py",
        "playbooks/test_installed_code.py",
        "playbooks/test_kinds.py",
        "playbooks/test_load_role.py",
        "playbooks/test_makefile.py",
        "playbooks/test_matrix_role.py",
        "playbooks/test_report_alone.py",
        "playbooks/test_roles.py",
        "playbooks/test_serial.py",
        "playbooks/test_silent_hosts.py",
        "playbooks/test_watch_role.py",
        "playbooks/test_wheel_identity.py",
    )
)
"""But these touch no host, or have a stand-in for bench and change nothing on a provisioned one, or
nothing but namespaces of their own."""


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts background jobs so; tests raise it within their own process.
    signal.signal(signal.SIGINT, signal.default_int_handler)


mark()


def pytest_configure(config: pytest.Config) -> None:
    """Tests that were run again are named."""
    config.pluginmanager.register(repeats)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Tests that were killed must not be what lets others fail; a worker's have begun already."""
    if not hasattr(session.config, "workerinput"):
        take_away()
        if os.geteuid() == 0:
            remove_orphan(LAB)


def within(path: Path, places: tuple[Path, ...]) -> bool:
    return any(path.is_relative_to(place) for place in places)


def alone(path: Path) -> bool:
    """Whether the tests of a file run alone."""
    return within(path, ALONE) and not within(path, BESIDE)


def holds(path: Path, *, alone_ones: bool) -> bool:
    """Whether a file or folder may have tests that run alone, or such that do not."""
    if alone(path):
        return alone_ones or any(place.is_relative_to(path) for place in BESIDE)
    return not alone_ones or any(place.is_relative_to(path) for place in ALONE)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Spare the other half: to import it takes seconds."""
    marks = str(config.option.markexpr)
    if marks.startswith(("alone", "not alone")) and HERE in collection_path.parents:
        return not holds(collection_path, alone_ones=marks.startswith("alone")) or None
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if alone(item.path):
            item.add_marker(pytest.mark.alone)
