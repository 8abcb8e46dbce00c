"""Where claims are tried: holds the memory reserve, and knows why timers cannot be used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from bench.drivers.timer_memory import slab_object, wants_reserve
from bench.host.reserve import MemoryReserve
from bench.limits.loading import loaded, preempt_rt
from bench.resources import Resource

RESERVED_TIMERS = 12_000
"""More than any attempt has at a time."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the user permits beyond what is always tried.

    Attributes:
        wait_nmi_s: How long to wait for an NMI that somebody sends.
        send_nmi: Ask the kernel for NMIs by SysRq l.
        on_wait: Called as soon as an NMI that comes would be noticed.
    """

    wait_nmi_s: float = 0.0
    send_nmi: bool = False
    on_wait: Callable[[], None] = lambda: None


class Lab(Resource):
    """Holds the memory reserve while claims are tried; use it as a context manager."""

    def __init__(self, options: Options | None = None) -> None:
        """Nothing reaches the kernel yet."""
        self.options = options or Options()

    def _open(self) -> None:
        """Make the reserve where the kernel needs one."""
        if self.blocked is None and wants_reserve():
            self._held.enter_context(MemoryReserve(slab_object())).grow(RESERVED_TIMERS)

    @cached_property
    def blocked(self) -> str | None:
        """Why no timer can be used on this kernel, or None."""
        tried = loaded("verifier", "control_syscall")
        if not tried.accepted:
            return f"this kernel refuses every program with a timer ({tried.text})"
        if preempt_rt():
            return "this PREEMPT_RT kernel takes timers, but may crash when one is used"
        return None
