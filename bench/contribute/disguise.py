"""What of a run identifies its owner, replaced by what does not.

Names become a keyed hash: all runs of a host get the same, and nobody without the key can find out
of which. The key stays in the cache of whoever contributes.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter

from bench.installation import cache_dir
from bench.record import HEADER, RECORD, RunHeader, TrialRecord
from bench.store.run import Run
from bench.store.run_folder import host_word
from bench.store.run_format import dump_header, dump_record

_T = TypeVar("_T")
KEY = "contribution.key"
DIGITS = 8
ADDRESS = re.compile(
    r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])"
    r"|(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{1,4}(?![\w:])"
    r"|(?<![\w:])[0-9a-f:]*::[0-9a-f:]+(?![\w:])",
    re.IGNORECASE,
)
"""IPv4, MAC, IPv6, and IPv6 with zeros left out."""
PATH = re.compile(r"(?<![\w/])/(?:[\w.@+-]+/)+[\w.@+-]+")
SYSTEM = ("/proc/", "/sys/", "/usr/", "/dev/", "/etc/")
"""Paths that every host has."""
HOST_FACTS = ("hostname", "machine_id_hash")
BENCH_S_OWN = frozenset(
    {"cell", "codes", "definitions", "hdr", "name", "status", "sweep", "tools", "used", "venue"}
)
"""Fields whose words are the tool's: a host may be named `tcp`."""


@dataclass(frozen=True, slots=True)
class Replaced:
    """One field, as it was and as it is written."""

    place: str
    before: str
    after: str


def own_key() -> bytes:
    """The key of whoever runs this, made the first time.

    Raises:
        OSError: The cache cannot be written.
    """
    path = cache_dir() / KEY
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(32))
    return path.read_bytes()


def disguised(run: Run, key: bytes) -> tuple[RunHeader, list[TrialRecord], list[Replaced]]:
    """Header and records without their owner's names, and what was replaced."""
    header = run.header
    names = _names(run, key)
    told: list[Replaced] = []
    plain = _header(header, names, key, told)
    records = [_record(record, names, told) for record in _without_costs(run)]
    return plain, records, list(dict.fromkeys(told))


def _names(run: Run, key: bytes) -> dict[str, str]:
    """Each name of this host and of its load hosts, the longest first, and what replaces it."""
    hosts = [str(run.header.host.get("hostname", "host"))]
    hosts += [each.load.host for each in run.records if each.load and each.load.host]
    found = {
        name: f"host-{_hash(host, key)}"
        for host in dict.fromkeys(hosts)
        for name in (host, host_word(host), host.partition(".")[0])
    }
    return dict(sorted(found.items(), key=lambda item: -len(item[0])))


def _hash(text: str, key: bytes) -> str:
    return hmac.new(key, text.encode(), "sha256").hexdigest()[:DIGITS]


def _header(
    header: RunHeader, names: dict[str, str], key: bytes, told: list[Replaced]
) -> RunHeader:
    facts = dict(header.host)
    for fact in HOST_FACTS:
        if facts.get(fact) is not None:
            was = str(facts[fact])
            now = names.get(was) or _hash(was, key)
            facts[fact] = now
            told.append(Replaced(f"host.{fact}", was, now))
    boot = _hash(header.boot_id, key) if header.boot_id else None
    command = ["bench", "run", "--sweep", header.sweep.name]
    changed = replace(header, host=facts, boot_id=boot, command=command)
    changes = {
        "boot_id": (header.boot_id, boot),
        "command": (" ".join(header.command), " ".join(command)),
    }
    for place, (before, after) in changes.items():
        if before != after:
            told.append(Replaced(place, str(before), str(after)))
    return _cleaned(HEADER, changed, names, "", told)


def _record(record: TrialRecord, names: dict[str, str], told: list[Replaced]) -> TrialRecord:
    return _cleaned(RECORD, record, names, f"trial {record.trial}, ", told)


def _without_costs(run: Run) -> Iterator[TrialRecord]:
    """As they were written: what trials of a run cost is worked out when it is read."""
    for record in run.records:
        yield replace(record, cost=replace(record.cost, total=None)) if record.cost else record


def _cleaned(
    adapter: TypeAdapter[_T], value: _T, names: dict[str, str], place: str, told: list[Replaced]
) -> _T:
    document = adapter.dump_python(value, mode="json")
    return adapter.validate_python(_walk(document, names, place, told))


def _walk(value: Any, names: dict[str, str], place: str, told: list[Replaced]) -> Any:
    if isinstance(value, str):
        now = _plain(value, names)
        if now != value:
            told.append(Replaced(place, value, now))
        return now
    if isinstance(value, dict):
        inner = f"{place}{'' if not place or place.endswith(' ') else '.'}"
        return {
            key: each if key in BENCH_S_OWN else _walk(each, names, f"{inner}{key}", told)
            for key, each in value.items()
        }
    if isinstance(value, list):
        return [_walk(each, names, place, told) for each in value]
    return value


def _plain(text: str, names: dict[str, str]) -> str:
    for name, other in names.items():
        text = re.sub(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])", other, text)
    text = ADDRESS.sub("ADDRESS", text)
    return PATH.sub(lambda path: path[0] if path[0].startswith(SYSTEM) else "PATH", text)


def write(folder: Path, header: RunHeader, records: list[TrialRecord]) -> Path:
    """Make the folder of a run with these two files.

    Args:
        folder: In which it is made; the run's id is its name.

    Raises:
        OSError: It is there already, or cannot be written.
    """
    target = folder / header.run_id
    target.mkdir(parents=True)
    (target / "run.json").write_bytes(dump_header(header))
    (target / "trials.jsonl").write_bytes(b"".join(map(dump_record, records)))
    return target
