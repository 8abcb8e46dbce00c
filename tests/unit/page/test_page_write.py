from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench.analysis.findings import findings
from bench.page.charts.registry import SECTIONS
from bench.page.content import content_of
from bench.page.write import PAGE_FILE, render, write_findings
from bench.record import RunHeader, Status, TrialRecord, Virtual
from bench.store import RunFolder
from bench.store.run import read_runs
from tests.unit.runs_on_disk import WriteRun, with_histogram

MakeRecord = Callable[..., TrialRecord]
EVIL = "</script><script>x</script><img src=http://127.0.0.1/x onerror=x>"


class Tags(HTMLParser):
    """Tags of a page, and the addresses that they name."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]


def page_of(path: Path, out: Path) -> str:
    write_findings(findings(read_runs([path])), out, pictures=True)
    return (out / PAGE_FILE).read_text(encoding="utf-8")


def text_of(path: Path, out: Path) -> str:
    """The page's text alone: figures take most of the time of writing one."""
    return render(content_of(findings(read_runs([path]))), out)


def data_of(text: str) -> dict[str, object]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)
    assert found
    document: dict[str, object] = json.loads(found[1])
    return document


def test_pictures_are_made_where_they_are_asked_for_only(
    write_run: WriteRun, records: list[TrialRecord], tmp_path: Path
) -> None:
    write_findings(findings(read_runs([write_run(records)])), tmp_path / "out")
    text = (tmp_path / "out" / PAGE_FILE).read_text(encoding="utf-8")
    assert [path.name for path in (tmp_path / "out").iterdir()] == [PAGE_FILE]
    assert "bench report --figures" in text and ".svg" not in Tags(text).addresses


def test_a_run_gives_page_and_figures(
    write_run: WriteRun, records: list[TrialRecord], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    text = page_of(write_run(records, series=True), out)
    charts = data_of(text)["charts"]
    assert isinstance(charts, dict)
    for key in charts:
        svg = (out / "figures" / f"{key}.svg").read_text(encoding="utf-8")
        assert ElementTree.fromstring(svg).tag.endswith("svg")
        assert (out / "figures" / f"{key}.png").read_bytes().startswith(b"\x89PNG")
        assert f'id="{key}"' in text
    assert 'id="single-trials"' in text


@pytest.mark.parametrize("case", ["nothing", "one trial", "failed", "invalid", "no figures"])
def test_scarce_data_give_a_page(
    case: str, write_run: WriteRun, make_record: MakeRecord, tmp_path: Path
) -> None:
    records = {
        "nothing": [],
        "one trial": [with_histogram(make_record(1), range(1, 2_000))],
        "failed": [make_record(1, status=Status.FAILED, error="no BTF")],
        "invalid": [make_record(1, status=Status.INVALID, reasons=["steal"])],
        "no figures": [TrialRecord(trial=1, block=1, status=Status.OK, cell=make_record(1).cell)],
    }[case]
    text = page_of(write_run(records), tmp_path / "out")
    for title in ("The answer", "Validity", "All numbers", "Reproduce"):
        assert title in text
    assert 'id="single-trials"' not in text, "each figure is that of its trial"
    tails = int(case == "one trial")
    assert text.count('<section id="tails"') == tails
    drawn, listed = (
        len(re.findall(f'<{tag} id="[a-z-]+-section"', text)) for tag in ("section", "li")
    )
    assert drawn + listed == len(SECTIONS), "each part is drawn, or said to be absent"


def test_nothing_from_outside_becomes_markup(
    write_run: WriteRun, make_record: MakeRecord, tmp_path: Path
) -> None:
    plain = text_of(write_run([make_record(1), make_record(2)], host="plain"), tmp_path / "a")
    record = make_record(2, status=Status.FAILED, error=EVIL, reasons=[EVIL])
    evil = text_of(write_run([make_record(1), record], host="evil"), tmp_path / "b")
    assert "&lt;/script&gt;&lt;script&gt;" in evil
    assert "img" not in Tags(evil).tags
    assert Tags(evil).tags.count("script") == Tags(plain).tags.count("script") == 3


def test_no_address_leads_to_a_network(
    write_run: WriteRun, records: list[TrialRecord], tmp_path: Path
) -> None:
    addresses = Tags(text_of(write_run(records), tmp_path / "out")).addresses
    assert addresses
    assert not [
        address
        for address in addresses
        if re.match(r"[a-z]+:|//", address[:8]) and not address.startswith("data:")
    ]


def test_raw_records_are_linked_from_where_the_page_is(
    write_run: WriteRun, records: list[TrialRecord], tmp_path: Path
) -> None:
    run = write_run(records)
    assert 'href="trials.jsonl"' in text_of(run, run)
    assert f'href="../{run.name}/trials.jsonl"' in text_of(run, tmp_path / "out")


def test_the_same_records_give_the_same_page(
    write_run: WriteRun, records: list[TrialRecord], tmp_path: Path
) -> None:
    run = write_run(records, series=True)
    assert text_of(run, tmp_path / "out") == text_of(run, tmp_path / "out")


def test_an_emulated_run_shows_no_time(
    make_record: MakeRecord, header: RunHeader, tmp_path: Path
) -> None:
    run = RunFolder.create(tmp_path, replace(header, virtual=Virtual.EMULATED))
    run.append(with_histogram(make_record(1), range(1, 2_000)))
    text = page_of(run.path, tmp_path / "out")
    assert data_of(text)["charts"] == {}
    assert "whose time is not real" in text
    assert "of 12 planned trials 1 ok" in text
    assert list((tmp_path / "out" / "figures").iterdir()) == []
