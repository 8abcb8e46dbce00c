"""The scripts of the roles, as modules; hosts run them without this package."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

ROLES = Path(__file__).resolve().parents[3] / "playbooks/roles"


@pytest.fixture
def script() -> Callable[[str], ModuleType]:
    """Loads a script by ``role/name``."""

    def load(name: str) -> ModuleType:
        role, _, file = name.partition("/")
        spec = importlib.util.spec_from_file_location(file, ROLES / role / "files" / f"{file}.py")
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load
