"""A short run of each program, in which faults are injected."""

from __future__ import annotations

COMMON = (
    "--duration", "300ms", "--warmup", "50ms", "--repeat", "2", "--controls", "none",
    "--max-steal", "1", "--seed", "5",
)  # fmt: skip
PROGRAMS: dict[str, tuple[str, ...]] = {
    "resident": ("--map-size", "1k", "--timeout", "20ms"),
    "resident_reserve": ("--program", "resident", "--map-size", "100k", "--timeout", "1s"),
    "timerfd": ("--program", "resident", "--engine", "timerfd", "--map-size", "100"),
    "tcp": ("--hook", "tp_btf", "--load", "500", "--timeout", "10ms"),
    "tcp_sockops": ("--program", "tcp", "--hook", "sockops", "--load", "500", "--timeout", "10ms"),
    "user_gc": ("--program", "tcp", "--engine", "user_gc", "--load", "500", "--timeout", "10ms"),
    "xdp_gc": ("--timeout", "20ms", "--load", "500"),
    "tc_gc": ("--timeout", "20ms", "--load", "500"),
    "xdp_health": ("--timeout", "50ms", "--map-size", "100"),
    "sampler": ("--timeout", "10ms"),
    "churn": (
        "--map-size",
        "1k",
    ),
}
VIRTUAL = frozenset({"xdp_gc", "tc_gc", "xdp_health"})
"""They take place on a pair of interfaces of their own."""
TABLES = frozenset({"resident", "resident_reserve", "tcp", "tcp_sockops", "xdp_gc", "tc_gc"})
"""Their timers are entries of a hash table, which can be deleted."""


def words(name: str) -> tuple[str, ...]:
    """Arguments of ``bench run``."""
    own = PROGRAMS[name]
    named = own if "--program" in own else ("--program", name, *own)
    return (*named, *COMMON)
