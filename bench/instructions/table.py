"""A table of instructions: the definition of its file, from which the schema is made."""

from __future__ import annotations

from dataclasses import field
from pathlib import Path as File
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from bench.errors import BenchError
from bench.instructions.paths import by_function

FORMAT = 1
CLOSED = ConfigDict(extra="forbid")
USUAL_WITHIN = 0.1
"""Shares that differ by less may change places on another day: the shorter path is the usual."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CLOSED)
class Identity:
    """What a figure depends on besides the kernel: tables that differ here are not compared.

    Attributes:
        qemu: Its version.
        machine: Its machine type.
        cpu: Its model of a CPU.
        icount: How instructions become time.
        seed: Of the guest's random numbers as far as QEMU makes them.
        rtc: What the guest's clock begins with.
        cpus: Of the guest.
        memory_mib: Of the guest.
        parameters: Of the kernel.
        clock_source: Of the guest.
        compiler: Of the scripted programs.
        bench: Version of bench.
        script: Hash of the scripted programs and the plugin.
    """

    qemu: str
    machine: str
    cpu: str
    icount: str
    seed: int
    rtc: str
    cpus: int
    memory_mib: int
    parameters: list[str]
    clock_source: str
    compiler: str
    bench: str
    script: str


@dataclass(frozen=True, slots=True, kw_only=True, config=CLOSED)
class Kernel:
    """The kernel that executed them.

    Attributes:
        name: As it was asked for.
        source: Debian package, or the file.
        release: ``uname -r``.
        version: ``uname -v``.
        vulnerabilities: What it does about each on this CPU, as it says.
    """

    name: str
    source: str
    release: str
    version: str
    vulnerabilities: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True, config=CLOSED)
class PathRow:
    """One path that every boot took.

    Attributes:
        key: Names the sequence of instructions.
        instructions: From entry to return; a ``rep`` counts once.
        iterations: Further iterations of ``rep`` instructions.
        share: Of the undisturbed calls, in the boot where it is least.
        stacks: Instructions by stack, ``caller;function``.
    """

    key: str
    instructions: int
    iterations: int
    share: float
    stacks: dict[str, int]

    @property
    def functions(self) -> dict[str, int]:
        """Instructions of each function whoever called it, most first."""
        return by_function(self.stacks.items())


@dataclass(frozen=True, slots=True, kw_only=True, config=CLOSED)
class Row:
    """One operation under one set of conditions.

    Attributes:
        operation: What was called, or a part of an expiry.
        conditions: Queue, map, clock and flags in words.
        queued: Timers in the queue, the measured one among them.
        map_type: Of the measured timers' map.
        clock: clockid_t.
        flags: Of ``bpf_timer_start``.
        together: Timers that expired at the same time.
        exact: Whether the paths below made at least 95 % of the undisturbed calls in each boot.
        refused: Why there is nothing: what the kernel answered; empty if it did not refuse.
        undisturbed: Calls that count, in each boot.
        left_out: Calls with an interrupt inside, in each boot.
        paths: Those that every boot took in at least 1 % of its calls, most frequent first.
    """

    operation: str
    conditions: str
    queued: int
    map_type: str
    clock: int
    flags: int
    together: int
    exact: bool
    refused: str
    undisturbed: list[int]
    left_out: list[int]
    paths: list[PathRow]

    @property
    def key(self) -> tuple[str, str]:
        """Names it in every table."""
        return self.operation, self.conditions

    @property
    def usual(self) -> PathRow | None:
        """The most frequent path, the shorter of two about as frequent; None if none is exact."""
        if not self.exact:
            return None
        most = self.paths[0].share
        near = [path for path in self.paths if path.share > most - USUAL_WITHIN]
        return min(near, key=lambda path: (path.instructions, path.key))


@dataclass(frozen=True, slots=True, kw_only=True, config=CLOSED)
class Table:
    """All operations of one kernel.

    Attributes:
        format: Of this definition.
        kernel: What executed them.
        identity: What else the figures depend on.
        busy_boots: Of the boots that agree, those while the host was busy.
        unknown_share: Of all instructions, those in no known function.
        clock_difference: The most by which the guest's clock and the count differed around a
            call, in ns and instructions alike.
        clock_compared: Calls of which both are known, in each boot; none in the first tables.
        clock_cut: Calls left out of that, in each boot, as an interrupt fell between the readings
            of the clock.
        rows: The operations.
    """

    format: int
    kernel: Kernel
    identity: Identity
    busy_boots: list[bool]
    unknown_share: float
    clock_difference: int
    clock_compared: list[int] = field(default_factory=list)
    clock_cut: list[int] = field(default_factory=list)
    rows: list[Row]


_ADAPTER = TypeAdapter(Table)


def schema() -> dict[str, Any]:
    """JSON Schema of the file."""
    return _ADAPTER.json_schema()


def plain(table: Table) -> dict[str, Any]:
    """The table as JSON has it."""
    found: dict[str, Any] = _ADAPTER.dump_python(table, mode="json")
    return found


def read_table(path: File) -> Table:
    """A table from its file.

    Raises:
        BenchError: It cannot be read, or is no such table.
    """
    try:
        return _ADAPTER.validate_json(path.read_bytes())
    except OSError as error:
        raise BenchError(f"cannot read {path}: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(word) for word in first["loc"])
        raise BenchError(
            f"{path} is no table of instructions: {where}: {first['msg']}",
            remedy="Give a file that bench instructions --output wrote",
        ) from error
