"""The table of one kernel: three boots, one of them while the host is busy."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.errors import BenchError
from bench.guest.images import Image
from bench.guest.machine import MEMORY_MIB
from bench.identity import identity as bench_identity
from bench.instructions import emulator
from bench.instructions.boots import PARAMETERS, Boot, Parts, boot, busy_host
from bench.instructions.exact import row_of
from bench.instructions.paths import parts_of, unknown_share
from bench.instructions.scenario import Scenario
from bench.instructions.table import FORMAT, Identity, Kernel, Row, Table, read_table
from bench.libbpf.compiler import built_with, compiled, shared_object, source_dir
from bench.words.plurals import counted

BUSY = (False, False, True)
"""Whether the host is busy while a boot runs."""
SCRIPT = "instructions/script.bpf.c"
WORKS = "instructions/works.bpf.c"
RIVALS = "instructions/rivals.c"
FOLDER = "instructions"
UNKNOWN_AT_MOST = 0.005
CLOCK_AT_MOST = 2
DIGITS = 16
Say = Callable[[str], None]


def parts_for(defines: Sequence[str] = ()) -> Parts:
    """Compile what a boot needs.

    Args:
        defines: Names that the compiler of the scripted programs defines.

    Raises:
        BenchError: No compiler, or no QEMU that loads the plugin.
    """
    return Parts(
        script=compiled(SCRIPT, defines),
        works=compiled(WORKS),
        implicit_works=compiled(WORKS, ("IMPLICIT_AUX",)),
        rivals=shared_object(RIVALS),
        plugin=emulator.plugin(),
    )


def table_of(
    image: Image,
    scenarios: Sequence[Scenario],
    *,
    parameters: Sequence[str],
    timeout_s: float,
    say: Say,
    defines: Sequence[str] = (),
    busy: Sequence[bool] = BUSY,
) -> Table:
    """Boot a kernel as often as it takes, and put together what every boot saw.

    Args:
        image: The kernel.
        scenarios: The script.
        parameters: Of the kernel: ``mitigations=off``.
        timeout_s: For each boot.
        say: Is told how it goes on, a line at a time.
        defines: Names that the compiler of the scripted programs defines.
        busy: For each boot, whether the host is to be busy meanwhile.

    Raises:
        BenchError: A boot failed, or what it saw cannot be trusted.
    """
    parts = parts_for(defines)
    boots = []
    for number, burdened in enumerate(busy, start=1):
        say(f"{image.name}: boot {number} of {len(busy)}{', host busy' if burdened else ''}")
        with busy_host() if burdened else nullcontext():
            found = boot(
                image,
                scenarios,
                parts,
                parameters=parameters,
                timeout_s=timeout_s,
            )
        boots.append(_trusted(found, image.name))
    return assembled(image, scenarios, boots, busy=busy, parameters=parameters)


def _trusted(found: Boot, name: str) -> Boot:
    """What was counted agrees with the guest's clock, and lies in known functions.

    Raises:
        BenchError: It does not.
    """
    if found.clock.difference > CLOCK_AT_MOST:
        raise BenchError(
            f"{name}: the guest's clock and the plugin differ around a call by "
            f"{counted(found.clock.difference, 'instruction')}, more than {CLOCK_AT_MOST}",
            remedy="Report it with the version of QEMU",
        )
    if found.clock.cut > found.clock.compared:
        raise BenchError(
            f"{name}: an interrupt fell between the readings of the guest's clock in "
            f"{counted(found.clock.cut, 'call')}, and in {found.clock.compared:,} none did",
            remedy="Report it with the version of QEMU and the kernel",
        )
    share = unknown_share(found.seen.values())
    if share > UNKNOWN_AT_MOST:
        raise BenchError(
            f"{name}: {share:.1%} of the instructions lie in no known function",
            remedy="Give a kernel with all symbols: CONFIG_KALLSYMS",
        )
    return found


def assembled(
    image: Image,
    scenarios: Sequence[Scenario],
    boots: Sequence[Boot],
    *,
    busy: Sequence[bool],
    parameters: Sequence[str],
) -> Table:
    """The table of what the boots of a kernel saw."""
    facts = boots[0].facts
    return Table(
        format=FORMAT,
        kernel=Kernel(
            name=image.name,
            source=image.source,
            release=facts["release"],
            version=facts["version"],
            vulnerabilities=facts["vulnerabilities"],
        ),
        identity=identity_of(parameters, facts),
        busy_boots=list(busy),
        unknown_share=round(max(unknown_share(each.seen.values()) for each in boots), 4),
        clock_difference=max(each.clock.difference for each in boots),
        clock_compared=[each.clock.compared for each in boots],
        clock_cut=[each.clock.cut for each in boots],
        rows=_rows(scenarios, boots),
    )


def identity_of(parameters: Sequence[str], facts: Mapping[str, Any]) -> Identity:
    """What figures of now depend on besides the kernel.

    Args:
        parameters: Of the kernel, besides PARAMETERS.
        facts: Of the guest.
    """
    return Identity(
        qemu=emulator.qemu_version(),
        machine=emulator.MACHINE,
        cpu=emulator.CPU,
        icount=emulator.ICOUNT,
        seed=emulator.SEED,
        rtc=emulator.RTC,
        cpus=1,
        memory_mib=MEMORY_MIB,
        parameters=[*PARAMETERS, *parameters],
        clock_source=facts["clock_source"],
        compiler=built_with(),
        bench=bench_identity().version,
        script=_sources_hash(),
    )


def made_before(
    folder: Path, image: Image, scenarios: Sequence[Scenario], parameters: Sequence[str]
) -> Table | None:
    """The table of a Debian kernel in a folder of tables, if it would be made alike now.

    What a guest says of itself follows from the kernel and the rest. A kernel that is a file is
    counted anew: it may have been built again.
    """
    wanted = {row.key for row in _rows(scenarios, ())}
    for path in sorted(folder.glob("*.json")) if image.source != str(image.kernel) else ():
        try:
            table = read_table(path)
        except BenchError:
            continue  # of an earlier bench: it will be written again
        facts = asdict(table.identity)
        alike = table.identity == identity_of(parameters, facts)
        if alike and table.kernel.source == image.source and wanted == {r.key for r in table.rows}:
            return table
    return None


def _sources_hash() -> str:
    digest = hashlib.sha256()
    for path in sorted((source_dir() / FOLDER).iterdir()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:DIGITS]


def _rows(scenarios: Sequence[Scenario], boots: Sequence[Boot]) -> list[Row]:
    rows = []
    for scenario in scenarios:
        errno = boots[0].errnos.get(scenario.number, 0) if boots else 0
        for part in parts_of(scenario.operation, scenario.together, rearm=scenario.rearm):
            seen = [each.seen[scenario.number, part] for each in boots]
            rows.append(row_of(scenario, part, seen, errno))
    return rows
