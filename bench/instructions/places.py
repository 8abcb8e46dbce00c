"""Where functions begin, as the plugin is told. Pure."""

from __future__ import annotations

from bench.instructions.symbols import TEXT_KINDS

FREEING = "bpf_timer_cancel_and_free"
INTERRUPTS = ("asm_sysvec_", "asm_exc_", "asm_common_interrupt", "asm_spurious_interrupt")
ITS_OWN = "asm_sysvec_irq_work"
"""Of an interrupt that the call itself asks for: what it does is part of the call."""


def places(symbols: str) -> str:
    """Where functions begin, for the plugin, and which of them interrupts enter by.

    Args:
        symbols: Of /proc/kallsyms.
    """
    rows = (line.split()[:3] for line in symbols.splitlines())
    begins: dict[str, str] = {}
    for address, kind, name in rows:
        if kind in TEXT_KINDS:
            known = begins.get(address, "f")
            begins[address] = _kind(name) if known == "f" else known
    return "".join(f"{kind} {address}\n" for address, kind in begins.items())


def _kind(name: str) -> str:
    if name == ITS_OWN:
        return "i"
    if name.startswith(INTERRUPTS):
        return "e"
    return "w" if name == FREEING else "f"
