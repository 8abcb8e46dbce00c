from __future__ import annotations

import json

import pytest

from bench.cli.console import DETAIL_LINES, console, error_console, print_json, show_error
from bench.errors import BenchError

Captured = pytest.CaptureFixture[str]


def test_results_go_to_stdout_and_messages_to_stderr(capsys: Captured) -> None:
    console().print("result")
    error_console().print("message")
    seen = capsys.readouterr()
    assert (seen.out, seen.err) == ("result\n", "message\n")


def test_an_error_is_problem_evidence_and_next_step(capsys: Captured) -> None:
    show_error(BenchError("it broke", remedy="Mend it", detail="line 1\n  line 2\n"))
    assert capsys.readouterr().err == ("error: it broke\n  line 1\n    line 2\nnext:  Mend it\n")


def test_without_evidence_or_remedy_an_error_is_one_line(capsys: Captured) -> None:
    show_error(BenchError("it broke"))
    assert capsys.readouterr() == ("", "error: it broke\n")


def test_of_long_evidence_the_end_is_shown_and_the_rest_counted(capsys: Captured) -> None:
    detail = "\n".join(f"line {n}" for n in range(DETAIL_LINES + 7))
    show_error(BenchError("it broke", detail=detail))
    lines = capsys.readouterr().err.splitlines()
    assert lines[1] == "  ... 7 lines before these:"
    assert lines[2:] == [f"  line {n}" for n in range(7, DETAIL_LINES + 7)]


def test_brackets_in_messages_are_shown_as_they_are(capsys: Captured) -> None:
    text = "[bold]map[/bold] :smile: slots[3]"
    show_error(BenchError(text, remedy=text, detail=text))
    assert capsys.readouterr().err.count(text) == 3


def test_long_evidence_lines_are_not_broken(capsys: Captured) -> None:
    show_error(BenchError("it broke", detail="x" * 500))
    assert "x" * 500 in capsys.readouterr().err


def test_json_is_one_document(capsys: Captured) -> None:
    print_json({"path": "µ", "values": [1, None]})
    seen = capsys.readouterr()
    assert json.loads(seen.out) == {"path": "µ", "values": [1, None]}
    assert "µ" in seen.out and seen.out.endswith("}\n") and seen.err == ""
