"""``bench watch --results``: what comes of it reads like any run, and is never compared."""

from __future__ import annotations

import html
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.analysis.recorded import ONE_OBSERVATION
from bench.campaign import recorded_maps, recording
from bench.campaign.prepare import prepare_resumed
from bench.campaign.recording import Recorder
from bench.cli.main import cli, main
from bench.errors import UsageError
from bench.record import RunHeader
from bench.spec import Sweep
from bench.store import RunFolder
from bench.units import NS_PER_S
from bench.watch.answer import Asked, answer
from bench.watch.names import Names
from bench.watch.session import Seen
from bench.watch.switches import Switches

Ask = Callable[..., Asked]


@pytest.fixture
def recorder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    def header(sweep: Sweep, planned: int) -> RunHeader:
        return RunHeader(
            run_id="20260101T000000Z-host-watch",
            started="2026-01-01T00:00:00Z",
            seed=0,
            sweep=sweep,
            host={"hostname": "host"},
            tools={},
            trials_planned=planned,
        )

    monkeypatch.setattr(recording, "new_header", header)
    return Recorder(
        tmp_path / "results", Switches(), interval_ns=2 * NS_PER_S, duration_ns=4 * NS_PER_S
    )


@pytest.fixture
def recorded(recorder: Recorder, seen: Seen, ask: Ask, names: Names) -> Path:
    recorder.add(seen)
    recorder.add(seen)
    return recorder.finish(answer(seen + seen, ask(), names))


def invoke(*words: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(cli, [str(word) for word in words], catch_exceptions=False)
    return result.exit_code, result.stdout


def refusal(*words: str | Path, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    assert ended.value.code == 2
    return " ".join(capsys.readouterr().err.split())


def test_each_map_is_a_record_with_null_timeout(recorded: Path) -> None:
    folder = RunFolder.open(recorded)
    assert folder.header.recording is not None
    assert folder.header.recording.interval_ns == 2 * NS_PER_S
    assert folder.header.recording.event_ns == 100.0
    assert folder.header.finished and folder.header.sweep.duration == 4 * NS_PER_S
    line = json.loads((recorded / "trials.jsonl").read_text().splitlines()[0])
    assert line["cell"]["timeout_ns"] is None and line["cell"]["map_size"] == 64
    assert line["cell"]["options"] == {"map": "flows"}
    flows, old, quiet = folder.records()
    assert (flows.status, flows.block, flows.window_ns) == ("ok", 1, 4 * NS_PER_S)
    assert flows.callbacks is not None and flows.lateness is not None
    assert flows.callbacks.fired == 8_000 == flows.lateness.count
    assert flows.callbacks.fired_hz == 2_000.0
    assert "held by proxy (1234), /sys/fs/bpf/flows (pin)" in flows.notes[0]
    assert old.status == "ok" and old.cell.options == (("map", "old"),)
    assert [str(code) for code in quiet.codes] == ["samples_few"]


def test_what_was_seen_is_there_before_it_ends(
    recorder: Recorder, seen: Seen, ask: Ask, names: Names
) -> None:
    assert not recorder.add(seen)
    recorder.keep(answer(seen, ask(), names))
    folder = RunFolder.open(recorder.folder.path)
    assert folder.header.finished is None
    kept = [record.callbacks.fired for record in folder.records() if record.callbacks]
    recorder.add(seen)
    recorder.finish(answer(seen + seen, ask(), names))
    whole = [record.callbacks.fired for record in folder.records() if record.callbacks]
    assert kept[0] and whole == [2 * fired for fired in kept]
    assert len((folder.path / "trials.jsonl").read_text().splitlines()) == len(whole)


def test_intervals_are_its_time_series(recorded: Path) -> None:
    series = RunFolder.open(recorded).load_samples(1)
    assert series["t_ns"].tolist() == [2 * NS_PER_S, 4 * NS_PER_S]
    assert series["callbacks_hz"].tolist() == [2_000.0, 2_000.0]


def test_it_is_reported_exported_and_published(recorded: Path, tmp_path: Path) -> None:
    assert invoke("report", recorded)[0] == 0
    for form in ("csv", "openmetrics"):
        code, exported = invoke("export", recorded, "--format", form)
        assert code == 0 and "flows" in exported
    assert invoke("export", recorded, "--format", "hgrm", "-o", tmp_path / "curves")[0] == 0
    assert invoke("publish", recorded.parent, "--output", tmp_path / "site")[0] == 0
    assert (tmp_path / "site" / "index.html").exists()


def text_of(page: str) -> str:
    """What a reader of a page sees."""
    unseen = re.sub(r"<(script|style).*?</\1>", " ", page, flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", " ", unseen))


def test_its_report_says_nothing_of_trials_or_cells(recorded: Path) -> None:
    code, printed = invoke("report", recorded)
    assert code == 0
    texts = [printed, (recorded / "report.md").read_text()]
    texts.append(text_of((recorded / "report.html").read_text()))
    for text in texts:
        words = " ".join(text.split())
        assert "of 8,000 callbacks half came 1µs after" in words, words
        assert "map 7 flows, held by proxy (1234)" in words, words
        assert ONE_OBSERVATION in words
        assert "trials.jsonl" in words or "Raw records" not in words
        said = words.replace(ONE_OBSERVATION, "").replace("trials.jsonl", "")
        assert not re.findall(r"\b(?:trials?|cells?|blocks?|medians? over|ok)\b", said), said
    # A map that fired too seldom is no trial that does not count, and nothing is to be resumed.
    assert "--resume" not in printed and "bench export" in printed


def test_recordings_are_reported_beside_each_other_but_not_beside_runs(
    recorded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = shutil.copytree(recorded, tmp_path / "other")
    header = json.loads((other / "run.json").read_text())
    header |= {"run_id": "other", "host": {"hostname": "second"}}
    (other / "run.json").write_text(json.dumps(header))
    code, printed = invoke("report", recorded, other, "--output", tmp_path / "both")
    assert code == 0 and "| host: flows |" in printed and "| second: flows |" in printed, printed
    # Rates of two hosts, or of two times, are not added.
    assert "host: 2.01k callbacks/s in 2 maps" in printed and "second: 2.01k" in printed
    page = text_of((tmp_path / "both" / "report.html").read_text())
    assert "second: flows" in page and "trial " not in page.replace(ONE_OBSERVATION, "")
    (other / "run.json").write_text(json.dumps(header | {"recording": None}))
    said = refusal("report", recorded, other, capsys=capsys)
    assert "is a recording of bench watch, others are runs" in said


def test_two_recordings_of_a_host_are_published_without_a_comparison(
    recorded: Path, tmp_path: Path
) -> None:
    other = shutil.copytree(recorded, recorded.with_name("20260102T000000Z-host-watch"))
    header = json.loads((other / "run.json").read_text()) | {"run_id": other.name}
    (other / "run.json").write_text(json.dumps(header))
    site = tmp_path / "site"
    assert invoke("publish", recorded.parent, "--output", site)[0] == 0
    index = text_of((site / "index.html").read_text())
    assert index.count("of 8,000 callbacks half came") == 2 and "trials ok" not in index
    assert recorded.name not in (site / "compare" / "index.html").read_text()
    assert not list((site / "trends").glob("watch-*"))


def test_it_is_no_contribution(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["check", str(recorded)])
    said = " ".join(capsys.readouterr().err.split())
    assert ended.value.code == 1 and "has no trials" in said, said
    assert "bench run --resume" not in said and "too noisy" not in said


def test_it_is_never_compared_and_never_resumed(
    recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in ((recorded, recorded), ("--force", recorded, recorded)):
        said = refusal("compare", *words, capsys=capsys)
        assert "is a recording of bench watch: its intervals are no trials" in said
    said = refusal("compare", "--base", recorded, "--new", recorded, capsys=capsys)
    assert "is a recording of bench watch" in said
    with pytest.raises(UsageError, match="it has no plan"):
        prepare_resumed(recorded, None, print)


def test_two_maps_of_one_name_are_two_cells(seen: Seen, ask: Ask, names: Names) -> None:
    (flows, *_) = answer(seen, ask(), names).maps
    cells = [cell for _, cell in recorded_maps.cells_of([flows, flows])]
    assert [cell.option("map") for cell in cells] == ["7", "7"]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ((), "--results records for a time"),
        (("--duration", "25h"), "--duration 90000s is too long"),
    ],
)
def test_a_recording_has_an_end(
    words: tuple[str, ...], problem: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert problem in refusal("watch", "--results", tmp_path, *words, capsys=capsys)
    assert not list(tmp_path.iterdir())
