"""Who holds a map, against a process that was given one."""

from __future__ import annotations

from collections.abc import Callable

from bench.watch.owners import Holder, Owners
from tests.external.loaded import External
from tests.kernel.watch.holding import holding


def test_a_process_that_held_it_before_is_found(external: Callable[[str], External]) -> None:
    """Also by a walk that meets it while it still looks for what maps are."""
    program = external("nested_stats")
    path = str(program.folder / "maps" / "reporters")
    with holding(path) as process, Owners() as owners:
        held = owners.holders()[program.map_id("reporters")]
    assert {each.pid for each in held} == {process.pid, None}
    assert Holder(None, path) in held
