from __future__ import annotations

from pathlib import Path

import pytest

from bench.cli.load_host import load_host_of
from bench.errors import UsageError


@pytest.fixture
def key(tmp_path: Path) -> Path:
    file = tmp_path / "id"
    file.touch()
    return file


def test_without_options_a_host_makes_its_own_connections() -> None:
    assert load_host_of(None, None, ()) is None


def test_addresses_are_brought_to_one_form(key: Path) -> None:
    found = load_host_of("root@load1", key, ("198.18.0.1", "fd00:0::1"))
    assert found is not None
    assert found.addresses == ("198.18.0.1", "fd00::1")


@pytest.mark.parametrize("option", ["--load-identity", "--load-address"])
def test_an_option_without_the_load_host_is_named(option: str, key: Path) -> None:
    identity = key if option == "--load-identity" else None
    with pytest.raises(UsageError, match=f"{option} without a load host"):
        load_host_of(None, identity, () if identity else ("198.18.0.1",))


def test_a_load_host_needs_a_key_and_numeric_addresses(key: Path) -> None:
    with pytest.raises(UsageError, match="without --load-identity"):
        load_host_of("root@load1", None, ("198.18.0.1",))
    with pytest.raises(UsageError, match="not a numeric IP address"):
        load_host_of("root@load1", key, ("sut1",))
