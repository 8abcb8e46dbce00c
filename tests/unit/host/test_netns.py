from __future__ import annotations

from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.host.netns import PREFIX, Namespace, inside, owner


@pytest.mark.parametrize(
    ("name", "pid"),
    [("btb-123-0-c", 123), ("btb-x-0-c", None), ("btb-", None), ("other", None), ("123-0", None)],
)
def test_owner_of_a_name(name: str, pid: int | None) -> None:
    assert owner(name) == pid


def test_a_namespace_is_a_file_of_iproute2() -> None:
    assert Namespace("x").path == Path("/run/netns/x")


def test_a_namespace_that_is_gone_is_named() -> None:
    with pytest.raises(BenchError, match=f"cannot open namespace /run/netns/{PREFIX}none"):
        with inside(Namespace(f"{PREFIX}none")):
            raise AssertionError
