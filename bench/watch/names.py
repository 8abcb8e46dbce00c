"""Names of what the kernel numbers: programs, callbacks by their address, keys by their type."""

from __future__ import annotations

from contextlib import suppress

from bench.libbpf.btf_value import text_of
from bench.libbpf.known import KnownProgram, open_btf, program
from bench.watch.census import TimerMap


class Names:
    """Looks each program up once; one that is gone, or that may not be looked at, has no name."""

    def __init__(self) -> None:
        """Nothing looked up yet."""
        self._programs: dict[int, KnownProgram | None] = {}

    def program(self, program_id: int) -> KnownProgram | None:
        """The program of this id; 0 is none."""
        if not program_id:
            return None
        if program_id not in self._programs:
            self._programs[program_id] = None
            with suppress(OSError):
                self._programs[program_id] = program(program_id)
        return self._programs[program_id]

    def callback(self, program_id: int, address: int) -> str | None:
        """Name of the function of a program that has its code there."""
        found = self.program(program_id)
        return found.functions.get(address) if found else None


def keys_text(table: TimerMap, keys: list[bytes]) -> list[str | None]:
    """Keys by their type; None for each if the map has no type for them."""
    if not table.btf_id or not table.btf_key or not keys:
        return [None] * len(keys)
    try:
        with open_btf(table.btf_id) as btf:
            return [text_of(btf, table.btf_key, key) for key in keys]
    except OSError:
        return [None] * len(keys)
