"""The configuration the running kernel was built with."""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path

from bench.host.facts import Reader, Value, text


@cache
def kernel_config(root: Path) -> dict[str, str] | None:
    """Option without ``CONFIG_`` -> value as written; None if no configuration is found.

    Tried in this order: ``/proc/config.gz``, ``/boot/config-RELEASE``,
    ``/lib/modules/RELEASE/config``. Cached, as a running kernel cannot change it.
    """
    found = _config_text(root)
    if found is None:
        return None
    pairs = (line.partition("=") for line in found.splitlines() if line.startswith("CONFIG_"))
    return {name.removeprefix("CONFIG_"): value.strip('"') for name, _, value in pairs}


def _config_text(root: Path) -> str | None:
    try:
        return gzip.decompress((root / "proc/config.gz").read_bytes()).decode()
    except (OSError, EOFError):
        release = text(root, "proc/sys/kernel/osrelease")
        in_boot = text(root, f"boot/config-{release}")
        return in_boot or text(root, f"lib/modules/{release}/config") or None


def enabled(option: str) -> Reader:
    """A reader: is the option built in; None without a configuration."""

    def read(root: Path) -> bool | None:
        config = kernel_config(root)
        return None if config is None else config.get(option) == "y"

    return read


def either(first: Reader, second: Reader) -> Reader:
    """A reader: is one of two options built in, of which a newer kernel renamed one."""

    def read(root: Path) -> bool | None:
        found = first(root), second(root)
        return None if found == (None, None) else any(found)

    return read


def integer(option: str) -> Reader:
    """A reader of an option that is a number."""

    def read(root: Path) -> int | None:
        value = (kernel_config(root) or {}).get(option, "")
        return int(value) if value.isdigit() else None

    return read


def one_of(options: dict[str, str]) -> Reader:
    """A reader: the word of the first option (option -> word) that is built in."""

    def read(root: Path) -> Value:
        config = kernel_config(root) or {}
        return next((word for option, word in options.items() if config.get(option) == "y"), None)

    return read


def all_of(options: tuple[str, ...], empty: str) -> Reader:
    """A reader: those of the options that are built in, joined; ``empty`` if none is."""

    def read(root: Path) -> str | None:
        config = kernel_config(root)
        if config is None:
            return None
        return ", ".join(option for option in options if config.get(option) == "y") or empty

    return read
