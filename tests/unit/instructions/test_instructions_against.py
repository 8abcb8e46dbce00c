"""Tables against each other: the gate, its words, its KTAP."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.cli.main import cli
from bench.errors import BenchError
from bench.exits import Exit
from bench.instructions.against import differences, grown
from bench.instructions.markdown import markdown
from bench.instructions.table import Table, plain, read_table, schema
from bench.instructions.words import difference, folded, ktap
from tests.unit.instructions.recorded import RARE, USUAL, seen, table

BASE = table(seen([(200, USUAL)]), seen([(200, USUAL)]))
MORE = USUAL.replace("81003000+20", "81003000+22")
GREW = table(seen([(200, MORE)]), seen([(200, MORE)]))


def run(*words: str) -> int:
    """Exit code of the command."""
    found = cli.main(["instructions", *words], standalone_mode=False)
    assert isinstance(found, int)
    return found


@pytest.fixture
def written(tmp_path: Path) -> Callable[[Table, str], str]:
    def write(made: Table, name: str) -> str:
        path = tmp_path / name
        path.write_text(json.dumps(plain(made)))
        return str(path)

    return write


def test_the_same_is_no_growth_at_any_limit() -> None:
    (found,) = differences(BASE, BASE, 0.0)
    assert (found.change, found.functions, found.grew) == (0, (), False)


def test_growth_names_the_function_by_the_known_amount() -> None:
    (found,) = grown(differences(BASE, GREW, 0.03))
    assert (found.base, found.now, found.functions) == (44, 46, (("timerqueue_add", 2),))
    assert difference(found) == ("start idle, 1 queued: 44 to 46, +2 (+4.5%): timerqueue_add +2")


def test_growth_within_the_limit_is_good() -> None:
    assert grown(differences(BASE, GREW, 0.05)) == []
    assert grown(differences(GREW, BASE, 0.0)) == []


def test_what_is_not_exact_is_not_compared() -> None:
    torn = table(seen([(100, USUAL), (100, RARE)]), seen([(200, RARE)]))
    (found,) = differences(BASE, torn, 0.03)
    assert found.why == "" or found.why == "not exact in the new table"
    gone = table(seen([(200, USUAL)]), seen([(200, RARE)]))
    (found,) = differences(BASE, gone, 0.03)
    assert found.why == "not exact in the new table" and found.change is None and not found.grew
    assert "# SKIP not exact" in ktap([found])


def test_another_identity_is_refused_by_its_name() -> None:
    with pytest.raises(BenchError, match="more than their kernel: qemu") as caught:
        differences(BASE, table(seen([(200, USUAL)]), qemu="QEMU emulator version 10.0"), 0.03)
    assert "version 7.2.22 and QEMU emulator version 10.0" in caught.value.detail
    assert caught.value.exit_code is Exit.UNANSWERED


def test_ktap_says_which_and_where() -> None:
    assert ktap(differences(BASE, GREW, 0.03)) == (
        "KTAP version 1\n1..1\n"
        "# start idle, 1 queued +2 in timerqueue_add\n"
        "not ok 1 start idle, 1 queued\n"
    )


def test_kernels_side_by_side_with_what_changed() -> None:
    newer = table(seen([(200, MORE)]), seen([(200, MORE)]), name="debian:7.3")
    text = markdown([BASE, newer])
    assert "| start idle, 1 queued | 44 | 46 |" in text
    assert "## debian:6.12 to debian:7.3" in text and "timerqueue_add +2" in text


def test_folded_stacks_add_up() -> None:
    lines = list(folded(BASE.rows[0]))
    assert lines[0] == "start idle, 1 queued;bpf_timer_start 14"
    assert sum(int(line.rpartition(" ")[2]) for line in lines) == 44


def test_a_table_survives_its_file(written: Callable[[Table, str], str]) -> None:
    assert read_table(Path(written(BASE, "base.json"))) == BASE


def test_a_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "none.json"
    file.write_text('{"format": 1}')
    with pytest.raises(BenchError, match="no table of instructions"):
        read_table(file)
    with pytest.raises(BenchError, match="cannot read"):
        read_table(tmp_path / "missing.json")


def test_the_command_fails_by_the_limit(
    written: Callable[[Table, str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    base, grew = written(BASE, "base.json"), written(GREW, "grew.json")
    assert run("--table", grew, "--against", base) is Exit.BAD
    assert "timerqueue_add +2" in capsys.readouterr().out
    assert run("--table", grew, "--against", base, "--limit", "5%") is Exit.GOOD
    capsys.readouterr()
    assert run("--table", grew, "--against", base, "--json") is Exit.BAD
    document = json.loads(capsys.readouterr().out)
    assert document["good"] is False
    assert document["differences"][0][0]["functions"] == [["timerqueue_add", 2]]
    assert run("--table", grew, "--against", base, "--ktap") is Exit.BAD
    assert capsys.readouterr().out.startswith("KTAP version 1\n")


def test_the_command_has_no_answer_if_an_exact_figure_is_gone(
    written: Callable[[Table, str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    base = written(BASE, "base.json")
    gone = written(table(seen([(200, USUAL)]), seen([(200, RARE)])), "gone.json")
    assert run("--table", gone, "--against", base) is Exit.UNANSWERED
    capsys.readouterr()
    assert run("--table", gone, "--against", base, "--json") is Exit.UNANSWERED
    assert json.loads(capsys.readouterr().out)["good"] is False
    assert run("--table", base, "--against", gone) is Exit.GOOD, "the base had none to lose"


@pytest.mark.parametrize("words", [[], ["--table", "x", "--ktap"], ["--kernel", "a"] * 2])
def test_a_wrong_request_is_refused(words: list[str]) -> None:
    with pytest.raises(BenchError) as caught:
        run(*words)
    assert caught.value.exit_code is Exit.USAGE


def test_the_schema_is_the_published_one(check_golden: Callable[[str, str], None]) -> None:
    check_golden("instructions.schema.json", json.dumps(schema(), indent=2) + "\n")
