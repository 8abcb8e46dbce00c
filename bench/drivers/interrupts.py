"""Which hooks of ``bpf/interrupts.h`` this kernel has: what counts the interrupts of each CPU."""

from __future__ import annotations

from bench.drivers.causes import refusal
from bench.libbpf.btf import vmlinux

HOOKS = {
    "taken_device": "irq_handler_entry",
    "taken_nmi": "nmi_handler",
    "taken_ipi": "ipi_entry",
    "taken_timer": "local_timer_entry",
    "taken_reschedule": "reschedule_entry",
    "taken_calls": "call_function_entry",
    "taken_call": "call_function_single_entry",
    "taken_work": "irq_work_entry",
    "taken_platform": "x86_platform_ipi_entry",
}
"""Programs and their tracepoints; each architecture has some of them."""


def interrupt_hooks(source: str) -> tuple[str, ...]:
    """Programs that count this kernel's interrupts; none if it does not allow them."""
    found = tuple(name for name, event in HOOKS.items() if vmlinux().has_tracepoint(event))
    return found if found and refusal(source, found) is None else ()
