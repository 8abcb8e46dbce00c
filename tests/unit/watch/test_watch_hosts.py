from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bench.cli.main import main
from bench.histogram import Histogram
from bench.watch.document import (
    CallbackFigures,
    HeldBy,
    MapFigures,
    Own,
    Venues,
    WatchDocument,
    plain,
)
from bench.watch.hosts import read_hosts, report


def figures(fired: int, late_ns: int) -> dict[str, object]:
    return {
        "fired": fired,
        "fired_hz": fired / 60,
        "lateness": Histogram.of([late_ns] * fired).summary(),
        "venue": Venues(idle=fired, task=0, ksoftirqd=0),
        "batch": 1.0 if fired else None,
        "unread_clock": 0,
        **dict.fromkeys(("started_hz", "pushed_back_hz", "cancelled_hz", "elsewhere_share")),
        **dict.fromkeys(("run", "run_cpu_share", "requests")),
    }


def table(number: int, name: str, fired: int, late_ns: int) -> MapFigures:
    called = CallbackFigures(
        **figures(fired, late_ns),  # type: ignore[arg-type]
        program=1,
        program_name="classify",
        callback="flow_idle",
        loaded_s=1.0,
    )
    return MapFigures(
        **figures(fired, late_ns),  # type: ignore[arg-type]
        id=number,
        name=name,
        type="hash",
        max_entries=64,
        present=True,
        held_by=[HeldBy(pid=7, name="proxy")],
        armed=None,
        callbacks=[called] if fired else [],
    )


def document(*maps: MapFigures) -> WatchDocument:
    return WatchDocument(
        format=1,
        kernel="6.18.5",
        begun="2026-01-01T00:00:00+00:00",
        duration_ns=60_000_000_000,
        hooks=["on_expiry"],
        sample=1,
        batch=None,
        maps=list(maps),
        other=None,
        own=Own(events=1, timed=0, event_ns=None, cpu_share=None, memory_bytes=1),
        unknown={},
    )


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    hosts = {
        "web1": document(table(4, "flows", 6_000, 20_000), table(5, "quiet", 0, 1)),
        "web2": document(table(9, "flows", 6_000, 3_000_000), table(8, "rare", 30, 9_000_000)),
        "db1": document(),
    }
    for name, found in hosts.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(plain(found)))
    (tmp_path / "gone.json").write_text(json.dumps({"trouble": "ssh:\n no route"}))
    return tmp_path


def rows(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_latest_map_of_all_hosts_is_the_answer_and_the_first_row(answers: Path) -> None:
    text = report(read_hosts(answers))
    assert "The latest timers are those of map flows on web2: one in a hundred of 6,000" in text
    assert "3 of 4 hosts answered" in text and "held by proxy" in text
    found = rows(text)
    assert [(row[0], row[2]) for row in found] == [
        ("web2", "9 flows"),
        ("web1", "4 flows"),
        ("web2", "8 rare"),
    ]
    assert found[0][4:8] == ["100", "3ms", "3ms", "3ms"] and found[0][8] == "100%"
    # Thirty callbacks carry a median, and no 99th percentile.
    assert found[2][6] == "-" and found[2][5] == "9ms"


def test_hosts_without_timers_or_answer_say_so(answers: Path) -> None:
    text = report(read_hosts(answers))
    assert "- db1: no bpf_timer fired within 60s" in text
    assert "- gone: ssh: no route" in text


def test_only_the_hosts_of_the_play_are_shown(answers: Path) -> None:
    assert [host.name for host in read_hosts(answers, ["web1", "away"])] == ["web1", "away"]
    assert "No such file" in report(read_hosts(answers, ["web1", "away"]))


def test_another_document_is_no_answer(answers: Path) -> None:
    (answers / "web1.json").write_text(json.dumps({"format": 1}))
    (found,) = read_hosts(answers, ["web1"])
    assert found.document is None and "no document: kernel" in found.trouble


def test_too_few_callbacks_name_no_latest() -> None:
    (host,) = read_hosts(Path("/nowhere"), ["web1"])
    alone = replace(host, document=document(table(8, "rare", 30, 9)), trouble="")
    assert "no map fired often enough" in report([alone])


@pytest.mark.parametrize(("hosts", "code"), [(["web1", "db1"], 0), (["web1", "gone"], 4)])
def test_the_command_ends_with_4_if_a_host_is_lacking(
    hosts: list[str], code: int, answers: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["fleet", "watched", str(answers), *hosts])
    said = capsys.readouterr()
    assert ended.value.code == code and "flows" in said.out
    assert ("no answer of gone" in said.err) is (code == 4)
