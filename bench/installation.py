"""How this copy of the tool was installed, and so what helps where its host lacks something."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path

import bench

PACKAGE = Path(bench.__file__).resolve().parent


class Installation(StrEnum):
    """Where the code that runs comes from.

    ``checkout`` is a folder with the Makefile and the playbooks, ``fleet`` a host that a
    controller installed the tool on, ``wheel`` anything else.
    """

    CHECKOUT = "checkout"
    FLEET = "fleet"
    WHEEL = "wheel"


def installation(package: Path = PACKAGE, prefix: Path = Path(sys.prefix)) -> Installation:
    """How the tool was installed.

    Args:
        package: The folder of the package ``bench``.
        prefix: The virtual environment.
    """
    if (package.parent / "playbooks" / "provision.yml").is_file():
        return Installation.CHECKOUT
    # Written last by playbooks/roles/host, beside the environment.
    if (prefix.parent / "installed.json").is_file():
        return Installation.FLEET
    return Installation.WHEEL


def remedy(by_hand: str) -> str:
    """The next step on a host that lacks what provisioning would have given it.

    Args:
        by_hand: The command that gives it to this host alone.
    """
    match installation():
        case Installation.CHECKOUT:
            where = "" if Path.cwd() == PACKAGE.parent else f"-C {PACKAGE.parent} "
            return f"Run `make {where}setup`, or only `{by_hand}`"
        case Installation.FLEET:
            again = "Provision this host again from its controller, with playbooks/provision.yml"
            return f"{again}, or only run `{by_hand}`"
        case Installation.WHEEL:
            return f"Run `{by_hand}`"


def cache_dir() -> Path:
    """Where is kept what can be made again: ``$XDG_CACHE_HOME`` or ``~/.cache``."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "bpf-timer-bench"
