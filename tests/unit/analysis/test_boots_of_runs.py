from __future__ import annotations

from dataclasses import replace

from bench.analysis.boots import boots_text
from bench.record import RunHeader

UNSEEN = "how far boots differ they do not show"


def test_one_boot_is_said_where_it_was_one(header: RunHeader) -> None:
    one, other, unknown = (replace(header, boot_id=boot) for boot in ("b1", "b2", None))
    same = [one] * 3
    assert boots_text(same) == f"3 runs, all of one boot: {UNSEEN}"
    assert boots_text([*same, other]) == "4 runs of 2 boots"
    assert boots_text([*same, unknown]) == "4 runs; of 1 of them the boot is not recorded"
    assert boots_text([unknown, unknown]) == "2 runs; of which boots is not recorded"
    assert boots_text([other]) == f"all trials are of one boot: {UNSEEN}"
    assert boots_text([unknown]) == ""
