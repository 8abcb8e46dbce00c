from __future__ import annotations

import json

from click.testing import CliRunner

from bench.cli.main import cli
from bench.programs.registry import PROGRAMS


def listed(*words: str) -> str:
    result = CliRunner().invoke(cli, ["run", "--list", *words])
    assert result.exit_code == 0, result.output
    return result.output


def test_every_program_is_listed_with_its_engines_and_options() -> None:
    text = listed()
    for program in PROGRAMS.values():
        assert program.name in text
    assert "busy" in text
    # Once for each program that engines with this option serve, however many engines have it.
    assert text.count("gc_period_ns") == 3


def test_the_list_is_also_a_document() -> None:
    document = json.loads(listed("--json"))
    assert set(document) == set(PROGRAMS)
    tcp = document["tcp"]
    assert tcp["engines"] == ["bpf_timer", "bpf_wq", "user_gc", "bpf_scan", "bpf_sweep", "lru"]
    assert tcp["options"]["gc_period_ns"]["default"] == 100_000_000
