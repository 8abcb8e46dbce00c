from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click
import pytest

from bench.cli.main import BISECTING, COMMANDS, cli, main
from bench.errors import BenchError, UsageError
from bench.exits import BISECT, Exit
from bench.record import Definitions, RunHeader, Status, TrialRecord, Virtual
from bench.store import RunFolder

Captured = pytest.CaptureFixture[str]
MakeRun = Callable[..., str]


def compare(*words: str) -> int:
    return int(cli.main(args=["compare", *words], prog_name="bench", standalone_mode=False))


@pytest.fixture
def make_run(tmp_path: Path, header: RunHeader, make_record: Callable[..., TrialRecord]) -> MakeRun:
    """A run on disk of eight trials around ``p50_ns``."""

    def make(p50_ns: int, *, status: Status = Status.OK, trials: int = 8, **changes: object) -> str:
        ended = {"finished": "2026-01-02T03:14:05Z", **changes}
        folder = RunFolder.create(tmp_path, replace(header, **ended))  # type: ignore[arg-type]
        for trial in range(1, trials + 1):
            folder.append(make_record(trial, p50_ns=p50_ns + trial, status=status))
        return str(folder.path)

    return make


@pytest.mark.parametrize(
    ("p50_ns", "fail_on", "code"),
    [
        (5_000, "worse", 0),
        (9_000, "worse", 1),
        (9_000, "never", 0),
        (3_000, "worse", 0),
        (3_000, "change", 1),
        (5_000, "not-same", 0),
    ],
)
def test_the_exit_code_is_the_verdict(
    make_run: MakeRun, p50_ns: int, fail_on: str, code: int
) -> None:
    assert compare(make_run(5_000), make_run(p50_ns), "--fail-on", fail_on) == code


@pytest.mark.parametrize(("fail_on", "code"), [("worse", 4), ("never", 0)])
def test_a_cell_that_no_longer_counts_is_no_success(
    make_run: MakeRun, fail_on: str, code: int, capsys: Captured
) -> None:
    """All of its trials are invalid now: nothing is worse in those that count, for none does."""
    broken = make_run(5_000, status=Status.INVALID)
    assert compare(make_run(5_000), broken, "--fail-on", fail_on) == code
    assert "LOST: no trial counts in NEW of 1 cell: resident" in capsys.readouterr().out


def test_few_trials_say_what_they_cannot_show(make_run: MakeRun, capsys: Captured) -> None:
    assert compare(make_run(5_000, trials=2), make_run(5_000, trials=2)) == 4
    said = " ".join(capsys.readouterr().out.split())
    assert "so few trials for 1 cell that no change can be shown, however large" in said
    compare(make_run(5_000), make_run(9_000))
    assert "change can be shown" not in " ".join(capsys.readouterr().out.split())


def test_a_comparison_that_can_show_nothing_is_no_answer(make_run: MakeRun) -> None:
    assert compare(make_run(5_000, trials=2), make_run(5_000, trials=2)) == 4


def test_a_corrupt_run_is_no_regression(make_run: MakeRun) -> None:
    base, new = make_run(5_000), make_run(5_000)
    (Path(new) / "trials.jsonl").write_text("not a record\n")
    with pytest.raises(BenchError, match="is corrupted") as refused:
        compare(base, new)
    assert refused.value.exit_code is Exit.UNANSWERED


def test_a_run_that_did_not_finish_is_named(make_run: MakeRun, capsys: Captured) -> None:
    assert compare(make_run(5_000), make_run(5_000, finished=None)) == 4
    assert capsys.readouterr().out.count("did not finish") == 1
    assert compare(make_run(5_000), make_run(9_000, finished=None)) == 1, "bad news comes first"


def test_a_regression_is_shown_and_the_rest_counted(make_run: MakeRun, capsys: Captured) -> None:
    assert compare(make_run(5_000), make_run(9_000)) == 1
    out = capsys.readouterr().out
    assert "p50 lateness" in out and "+79.9%" in out and "worse" in out
    assert "0 cannot tell" in out and "are not shown; --all shows them" in out


def test_json_is_one_document(make_run: MakeRun, capsys: Captured) -> None:
    assert compare(make_run(5_000), make_run(9_000), "--json") == 1
    document = json.loads(capsys.readouterr().out)
    first = document["comparisons"][0]
    assert first["metric"] == "p50 lateness" and first["verdict"] == "worse"
    assert first["interval"][0] < first["change"] < first["interval"][1]
    assert document["summary"]["worse"] >= 1 and document["forced"] == []


def test_markdown_has_changes_on_top_and_the_rest_folded(
    make_run: MakeRun, capsys: Captured
) -> None:
    assert compare(make_run(5_000), make_run(9_000), "--markdown") == 1
    text = capsys.readouterr().out
    top, _, folded = text.partition("<details>")
    assert text.startswith("### bench compare: ")
    assert "| worse |" in top and "| same |" in folded and "| worse |" not in folded


def test_other_hosts_are_refused_and_force_says_so(make_run: MakeRun, capsys: Captured) -> None:
    base, new = make_run(5_000), make_run(5_000, host={"kernel_release": "x", "arch": "riscv"})
    other = make_run(5_000, host={"kernel_release": "y", "arch": "riscv"})
    assert compare(base, new) == 0, "what a run does not tell is no difference"
    with pytest.raises(UsageError, match="kernel_release: x in BASE, y in NEW"):
        compare(new, other)
    assert compare(new, other, "--force") == 0
    assert "FORCED although the runs differ in kernel_release" in capsys.readouterr().out
    assert compare(new, other, "--across", "kernel", "--markdown") == 0
    assert "compared across kernel" in capsys.readouterr().out


def test_wrong_arguments_are_refused(make_run: MakeRun, tmp_path: Path) -> None:
    run = make_run(5_000)
    with pytest.raises(UsageError, match="exclude each other"):
        compare(run, run, "--json", "--markdown")
    with pytest.raises(UsageError, match="is not a run"):
        compare(run, str(tmp_path / "nothing"))
    for words in (("--threshold", "x"), ("--alpha", "5"), ("--points", "-1%")):
        with pytest.raises(click.BadParameter):
            compare(run, run, *words)


def test_an_emulated_run_is_refused_even_by_force(make_run: MakeRun) -> None:
    real, emulated = make_run(5_000), make_run(5_000, virtual=Virtual.EMULATED)
    for pair in ((real, emulated), (emulated, real)):
        with pytest.raises(UsageError, match="emulated guest"):
            compare(*pair, "--force")
    assert compare(real, make_run(5_000, virtual=Virtual.KVM), "--force") == 0


@pytest.mark.parametrize("empty", [0, 1])
def test_a_run_without_a_trial_is_named(make_run: MakeRun, empty: int) -> None:
    runs = [make_run(5_000, trials=0 if number == empty else 8) for number in range(2)]
    with pytest.raises(BenchError, match=f"{runs[empty]} has no trial to compare") as refused:
        compare(*runs)
    assert refused.value.remedy == f"Measure it with: bench run --resume {runs[empty]}"


def test_what_is_not_compared_because_its_meaning_changed_is_not_answered(
    make_run: MakeRun, capsys: Captured
) -> None:
    new = make_run(5_000, definitions=Definitions(quantities={"p99-lateness": 2}))
    assert compare(make_run(5_000), new, "--force", "--all") == Exit.UNANSWERED
    said = " ".join(capsys.readouterr().out.split())
    assert "changed: p99 lateness: definition 1 in BASE, 2 in NEW" in said


def bisected(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["compare", *words])
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_a_bisection_gets_its_own_codes_whatever_happens(make_run: MakeRun, tmp_path: Path) -> None:
    base = make_run(5_000)
    assert bisected("--bisect", base, make_run(5_000)) == 0
    assert bisected(base, make_run(9_000), "--bisect") == 1
    assert bisected("--bisect", make_run(5_000, trials=2), make_run(5_000, trials=2)) == 125
    assert bisected("--bisect", base, str(tmp_path / "nothing")) == 125
    assert bisected("--bisect", base, base, "--threshold", "x") == 125
    assert bisected(base, str(tmp_path / "nothing")) == 2


@pytest.mark.parametrize("name", COMMANDS)
def test_whoever_has_the_option_has_the_codes(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command
    has = any(BISECT in parameter.opts for parameter in command.params)
    assert has == (name in BISECTING)
    if has:
        with pytest.raises(SystemExit) as ended:
            main([name, BISECT, "--no-such-option"])
        assert ended.value.code == 125


@pytest.mark.parametrize("text", ["x1.5", "1.5", "50%"])
def test_detect_is_a_factor(make_run: MakeRun, text: str) -> None:
    assert compare(make_run(5_000), make_run(5_000), "--detect", text) == 0
    for wrong in ("x1", "0.5", "nan", "many"):
        with pytest.raises(click.BadParameter):
            compare(make_run(5_000), make_run(5_000), "--detect", wrong)


def test_the_former_option_still_works_and_says_what_it_is_now(
    make_run: MakeRun, capsys: Captured
) -> None:
    assert compare(make_run(5_000), make_run(9_000), "--fail-on", "never") == 0
    assert "--fail-on is replaced by --detect" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        cli.main(args=["compare", "--help"], prog_name="bench")
    assert "--fail-on" not in capsys.readouterr().out


def test_several_boots_are_compared_by_boot(make_run: MakeRun, capsys: Captured) -> None:
    base = [make_run(5_000 + n, boot_id=f"a{n}") for n in range(4)]
    new = [make_run(9_000 + n, boot_id=f"b{n}") for n in range(4)]
    assert compare("--base", *base, "--new", *new) == 1
    assert "ANSWER: worse: over all cells" in capsys.readouterr().out
    assert compare("--base", *base, "--new", *new[:3], "--json") == 4
    assert json.loads(capsys.readouterr().out)["answer"]["exit"] == 4
    assert compare(base[0], new[0]) == 4
    assert "not attributable to the kernel: one boot of each" in " ".join(
        capsys.readouterr().out.split()
    )
    for words in ((*base,), ("--base", *base), (base[0], "--base", base[1], "--new", new[0])):
        with pytest.raises(UsageError):
            compare(*words)
