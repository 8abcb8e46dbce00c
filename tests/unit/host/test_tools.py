from __future__ import annotations

import platform

import numpy as np

from bench.host.tools import tool_versions
from bench.identity import identity


def test_versions() -> None:
    seen = tool_versions(libbpf="v1.1")
    assert seen["libbpf"] == "v1.1"
    assert seen["python"] == platform.python_version()
    assert seen["numpy"] == np.__version__


def test_the_code_is_named_by_its_sources() -> None:
    assert tool_versions(libbpf="v1.1")["source_hash"] == identity().source_hash
