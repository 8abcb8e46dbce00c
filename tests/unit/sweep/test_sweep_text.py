from __future__ import annotations

from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter

from bench.spec import Grid, Sweep
from bench.sweep.sweep_text import sweep_yaml


@pytest.mark.parametrize(
    "axes",
    [
        {},
        {"timeout": ["1500us", "1s"], "load": ["0", "5k", "max"], "map_type": ["hash", "array"]},
        {"hold": [0, "1ms"], "payload": "64", "clock": "boottime", "observer": "none"},
    ],
)
def test_a_sweep_is_written_as_a_file_that_means_the_same(axes: dict[str, Any]) -> None:
    sweep = Sweep(
        question="what: if #1?",
        max_steal=0.2,
        allow_overload=True,
        cells=(Grid(program="a", **axes),),
    )
    # A third reading of the file: plain YAML, then the model.
    assert TypeAdapter(Sweep).validate_python(yaml.safe_load(sweep_yaml(sweep))) == sweep
