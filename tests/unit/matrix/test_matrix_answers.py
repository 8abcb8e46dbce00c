from __future__ import annotations

import errno
import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bench.errors import BenchError, KernelRefusedError
from bench.matrix import answers
from bench.matrix.answers import Answer, KernelAnswers, answer_in, failure_of, script
from bench.matrix.assembly import assembled
from bench.matrix.commands import Command, Verb, parse
from bench.record import RECORD, HookChoice, Ledger, TrialRecord, Virtual
from bench.words.claims import Verdict

LIMITS, DEMO, RUN = Command(Verb.LIMITS), Command(Verb.DEMO), Command(Verb.RUN)
LEAVES = """
echo 'error: no' >&2
echo '{"problem": "no", "remedy": "", "detail": ""}' > $BENCH_ERROR_FILE; exit 1
"""
REFUSED = KernelRefusedError(
    "the kernel refuses fentry of\ntcp_connect",
    errno=errno.EOPNOTSUPP,
    detail="no timers for RT.\nprocessed 0 insns (limit 1000000)",
)


def test_each_command_leaves_files_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = {Verb.LIMITS: ["echo", "{}"], Verb.DEMO: ["sh", "-c", LEAVES]}
    monkeypatch.setattr(answers, "words_of", lambda command, **_: words[command.verb])
    # The variable holds for one command each.
    subprocess.run(["sh", "-c", script([LIMITS, DEMO])], cwd=tmp_path, check=True)
    assert answer_in(tmp_path, LIMITS) == Answer(LIMITS, 0, "{}\n", "")
    found = answer_in(tmp_path, DEMO)
    assert found == Answer(DEMO, 1, "", "error: no\n", found.error)
    assert found.error and found.error.problem == "no"
    assert answer_in(tmp_path, RUN) == Answer(RUN, None, "", "")


@pytest.mark.parametrize(
    ("answer", "usable"),
    [
        (Answer(LIMITS, 0, '{"rows": []}', ""), True),
        (Answer(LIMITS, 4, "", "", REFUSED), False),
        (Answer(DEMO, 4, "", "", REFUSED), True),
        (Answer(DEMO, 1, "", "no document"), False),
        (Answer(DEMO, 3, "", "This is a bug"), False),
        (Answer(RUN, 2, "", "error: nothing to run"), False),
        (Answer(RUN, None, '{"trials": [', ""), False),
    ],
)
def test_a_refusal_of_demo_and_run_is_an_answer(answer: Answer, usable: bool) -> None:
    assert answer.usable is usable
    failure = failure_of("debian:6.1", [answer], ["last line"])
    assert (failure is None) is usable
    if failure:
        assert failure.problem.startswith(f"debian:6.1: step command: {answer.command.text}")
        assert failure.detail.endswith("console:\nlast line")


@pytest.mark.parametrize(
    ("stderr", "error", "refusal"),
    [
        (
            "error: whatever\n",
            REFUSED,
            "the kernel refuses fentry of tcp_connect: no timers for RT.",
        ),
        ("", BenchError("no tracefs"), "no tracefs"),
        ("Killed\n", None, "Killed"),
        ("", None, "it said nothing"),
    ],
)
def test_the_refusal_is_the_error_that_was_left(
    stderr: str, error: BenchError | None, refusal: str
) -> None:
    assert Answer(DEMO, 1, "", stderr, error).refusal == refusal


def limits_row(id: str, verdict: Verdict) -> dict[str, str]:
    row = dict.fromkeys(("source", "method", "expected", "errno", "reason"), "")
    return (
        row
        | {"id": id, "group": id.partition(".")[0], "claim": id, "verdict": verdict}
        | {"answer": "0"}
    )


def test_rows_of_all_kernels_are_joined_in_the_order_of_groups() -> None:
    def told(*rows: dict[str, str], release: str) -> KernelAnswers:
        answer = Answer(LIMITS, 0, json.dumps({"rows": rows}), "")
        return KernelAnswers(release, Virtual.EMULATED, (answer,))

    old = told(limits_row("clock.0", Verdict.HOLDS), release="6.1.0")
    new = told(
        limits_row("map.new", Verdict.HOLDS),
        limits_row("clock.0", Verdict.FAILS),
        release="6.12.0",
    )
    made = assembled(parse([]), [("a", "x", old), ("b", "y", new)])
    assert [row.claim.id for row in made.rows] == ["map.new", "clock.0"]
    assert made.rows[0].cells[0] is None
    # On 6.12 clock 0 is known to be allowed.
    assert [(item.kernel, item.claim) for item in made.findings] == [("b", "clock.0")]
    assert not made.good


def test_a_refused_example_is_a_row_that_does_not_hold() -> None:
    heard = KernelAnswers("6.12.0", Virtual.EMULATED, (Answer(DEMO, 4, "", "", REFUSED),))
    made = assembled(parse(["demo"]), [("a", "x", heard)])
    cells = {row.claim.id: row.cells[0] for row in made.rows}
    loads = cells["article.loads"]
    assert loads is not None and loads.verdict is Verdict.FAILS and "refuses" in loads.answer
    assert loads.errno == "EOPNOTSUPP"
    assert {cell.verdict for name, cell in cells.items() if cell and name != "article.loads"} == {
        Verdict.UNTRIED
    }


@pytest.mark.parametrize(("closed", "verdict"), [(True, Verdict.HOLDS), (False, Verdict.FAILS)])
def test_a_run_s_row_tells_whether_ledgers_close(
    closed: bool, verdict: Verdict, make_record: Callable[..., TrialRecord]
) -> None:
    terms = ("inited", "started", "restarted", "fired", "cancelled", "freed", "pending")
    failures = ("init_failed", "insert_failed", "start_failed")
    ledger = Ledger(**dict.fromkeys(terms, 0), **{name: {} for name in failures}, balanced=closed)
    record = replace(make_record(1), ledger=ledger, hook=HookChoice(used="fentry"))
    text = json.dumps({"trials": [RECORD.dump_python(record, mode="json")]})
    heard = KernelAnswers("6.12.0", Virtual.EMULATED, (Answer(RUN, 0, text, ""),))
    (row,) = assembled(parse(["run"]), [("a", "x", heard)]).rows
    cell = row.cells[0]
    assert cell is not None and cell.verdict is verdict and "fentry" in cell.answer
