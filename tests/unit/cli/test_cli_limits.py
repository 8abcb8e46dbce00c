"""What ``bench limits`` shows of its rows."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from bench.cli import limits as module
from bench.cli.limits import document
from bench.cli.limits_table import markdown, print_rows
from bench.cli.main import main
from bench.limits.claim import ClaimRow
from bench.words.claims import Verdict


def row(name: str, verdict: Verdict = Verdict.HOLDS, **changes: str) -> ClaimRow:
    fields = {
        "claim": f"Claim of {name}",
        "source": f"source of {name}",
        "method": "the same method",
        "expected": "EINVAL",
        "answer": "EINVAL: a | b <c>",
        "errno": "EINVAL",
        "reason": "",
    }
    return ClaimRow(id=name, group=name.partition(".")[0], verdict=verdict, **(fields | changes))


ROWS = [
    row("clock.0"),
    row("clock.3", Verdict.FAILS, reason="It was lifted."),
    row("nmi.helpers", Verdict.UNTRIED, answer="not asked", reason="no NMI came"),
]


def screen(width: int) -> str:
    out = io.StringIO()
    print_rows(Console(file=out, width=width), ROWS, "6.1.0-test")
    return out.getvalue()


@pytest.mark.parametrize("width", [80, 120])
def test_the_table_fits_and_has_everything(width: int) -> None:
    text = screen(width)
    assert max(len(line) for line in text.splitlines()) <= width
    for part in ("Clocks", "NMI", "clock.3", "It was lifted.", "no NMI came", "cannot be"):
        assert part in text
    counts = "3 claims about bpf_timer: 1 holds, 1 does not hold, 1 cannot be tried"
    assert counts in " ".join(text.split())


def test_what_all_rows_of_a_group_share_is_said_once() -> None:
    text = screen(120)
    assert text.count("tried: the same method") == 2  # once above the clocks, once in the NMI row
    assert text.count("source: source of clock") == 2


def test_markdown_has_all_columns_and_keeps_cells_whole() -> None:
    text = markdown(ROWS, "6.1.0-test")
    assert "## Clocks" in text and "## NMI" in text
    line = next(line for line in text.splitlines() if "Claim of clock.0" in line)
    assert r"a \| b &lt;c&gt;" in line and "source of clock.0" in line and "the same method" in line


def test_the_document_counts_every_verdict() -> None:
    found = json.loads(json.dumps(document(ROWS, "6.1.0-test")))
    assert found["kernel"] == "6.1.0-test"
    assert found["verdicts"] == {verdict: 1 for verdict in Verdict}
    assert found["rows"][1] == {
        "id": "clock.3",
        "group": "clock",
        "claim": "Claim of clock.3",
        "source": "source of clock.3",
        "method": "the same method",
        "expected": "EINVAL",
        "answer": "EINVAL: a | b <c>",
        "errno": "EINVAL",
        "verdict": "does not hold here",
        "reason": "It was lifted.",
    }


def test_json_and_markdown_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["limits", "--json", "--markdown"])
    assert ended.value.code == 2
    assert "--ktap exclude each other" in capsys.readouterr().err


def test_it_needs_root(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("bench.host.privilege.os.geteuid", lambda: 1000)
    monkeypatch.setattr("bench.host.privilege.effective", lambda root: 0)
    with pytest.raises(SystemExit) as ended:
        main(["limits"])
    assert ended.value.code == 4
    assert "needs root" in capsys.readouterr().err
    assert module.FORMAT == 1
