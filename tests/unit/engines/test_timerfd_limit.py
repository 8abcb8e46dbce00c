from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.engines.registry import OBJECTS
from bench.errors import UsageError
from bench.spec import ENGINES, Cell


def test_more_timers_than_a_process_may_open_files_are_refused(
    make_cell: Callable[..., Cell],
) -> None:
    timerfd = OBJECTS[ENGINES["timerfd"]]
    timerfd.check(make_cell(engine="timerfd", map_size=10))
    with pytest.raises(UsageError, match="a process may open"):
        timerfd.check(make_cell(engine="timerfd", map_size=2**30))
