"""The witness itself: ``python -m bench.trial.testimony``, started by :class:`.witness.Witness`.

It imports little, so that it takes little of the memory that is short; what writes records is
imported once the memory of the killed process is free again.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.host.cgroups import MemoryGroup, memory_groups
from bench.host.facts import ROOT

READY = "ready"
END = "end"
NEVER_KILLED = "-1000"
"""Source: ``include/uapi/linux/oom.h``, OOM_SCORE_ADJ_MIN; it takes CAP_SYS_RESOURCE."""
REMEDY = "Raise the limit or measure fewer timers at once"


def why_killed(before: Iterable[MemoryGroup], after: Sequence[MemoryGroup]) -> str | None:
    """Which limit was met, if the kernel killed anything in these groups between two looks."""
    then = {group.name: group.kills for group in before}
    if all(group.kills <= then.get(group.name, 0) for group in after):
        return None
    limited = [(group.limit_bytes, group.name) for group in after if group.limit_bytes is not None]
    if not limited:
        return "the kernel killed bench because the host had no memory left"
    size, name = min(limited)
    limit = f"{name}, {size >> 20:,} MiB"
    return f"the kernel killed bench at the memory limit of a control group: {limit}"


def stated(watched: dict[str, Any], why: str) -> str:
    """Write the record of the trial that was being measured, if there is one; what to say."""
    if not watched:
        return f"{why}. {REMEDY}"
    from bench.record import RECORD
    from bench.store import RunFolder

    record = RECORD.validate_json(watched["record"])
    folder = RunFolder.open(Path(watched["folder"]))
    folder.repair()
    written = (one for one in folder.records() if one.trial == record.trial)
    if all(one.started < record.started for one in written):
        folder.append(replace(record, error=f"{why}. {REMEDY}"))
    go_on = f"then go on with: bench run --resume {folder.path}"
    return f"trial {record.trial}: {why}. {REMEDY}, {go_on}"


def main() -> int:
    """Read what is measured until whoever writes that ends, or is killed."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(NEVER_KILLED)
    before = list(memory_groups(ROOT))
    print(READY, flush=True)
    word: Any = {}
    for line in sys.stdin:
        word = json.loads(line)
        if word == END:
            return 0
    why = why_killed(before, list(memory_groups(ROOT)))
    if why:
        print(f"error: {stated(word, why)}", file=sys.stderr, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
