"""The whole site, crawled over HTTP by a client that knows nothing of how it was made."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from html import unescape
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import unquote, urldefrag, urljoin, urlsplit
from urllib.request import urlopen

import pytest

import bench
from bench.errors import BenchError, UsageError
from bench.publish import pages
from bench.publish import site as module
from bench.publish.report_page import LIBRARY, write_report_page
from bench.publish.site import MARKER, Site, write_site
from bench.store.limits_files import Limits
from tests.links import dead_links

PUBLISHED = Path(bench.__file__).parents[1] / "results"
_SCRIPT = re.compile(r"<script\b.*?</script>", re.DOTALL)
MATRIX = Path(__file__).parents[3] / "results" / "kernel-matrix" / "matrix.json"
_LINK = re.compile(r"""\s(?:href|src)=(?:"([^"]*)"|'([^']*)')""")


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def served(site: Path) -> Iterator[str]:
    """A static host on loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def crawled(site: Path) -> set[str]:
    """Paths of all pages that can be reached from the index; a dead link raises HTTPError."""
    with served(site) as root:
        todo, seen = [root + "index.html"], set()
        while todo:
            address = todo.pop()
            if address in seen:
                continue
            seen.add(address)
            with urlopen(address) as reply:
                address = reply.url  # Of a folder it ends with a slash.
                seen.add(address + "index.html" if address.endswith("/") else address)
                is_page = reply.headers.get_content_type() == "text/html"
                content = reply.read()
            text = _SCRIPT.sub("", content.decode()) if is_page else ""
            links = [unescape(a or b) for a, b in _LINK.findall(text)]
            found = {urldefrag(urljoin(address, link))[0] for link in links}
            todo += [link for link in found if link.startswith(root)]
        return {unquote(urlsplit(address).path).lstrip("/") for address in seen}


@pytest.fixture
def plain_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports without content, where a test is about the pages around them."""

    def write(folder: Path, *, library: str, limits: Limits) -> None:
        (folder / "report.html").write_text('<a href="run.json">run</a> <a href="samples">s</a>')

    monkeypatch.setattr(module, "write_report_page", write)


def html_files(site: Path) -> set[str]:
    return {str(path.relative_to(site)) for path in site.rglob("*.html")}


def test_the_site_of_the_committed_results_has_no_dead_link_and_no_orphan(tmp_path: Path) -> None:
    made = write_site(PUBLISHED, tmp_path / "site")
    assert made.runs == len(list(PUBLISHED.glob("*/run.json"))) > 0
    assert dead_links(tmp_path / "site") == []
    reached = crawled(tmp_path / "site")
    assert html_files(tmp_path / "site") <= reached
    assert {str(p.relative_to(tmp_path / "site")) for p in tmp_path.rglob("*.npz")} <= reached


@pytest.mark.usefixtures("plain_reports")
def test_runs_comparisons_trends_and_kernels_all_have_pages(several: Path, tmp_path: Path) -> None:
    site = tmp_path / "deep" / "site"
    made = write_site(several, site)
    files = len([path for path in site.rglob("*") if path.is_file()])
    assert made == Site(
        runs=4, contributed=0, fleets=0, comparisons=6, trends=1, kernels=3, files=files
    )
    assert html_files(site) <= crawled(site)
    assert dead_links(site) == []
    old, new = "20260101T030405Z-box-sample", "20260102T030405Z-box-sample"
    for page in (
        f"runs/{old}/report.html",
        f"compare/{old}--{new}.html",
        "limits/debian-6.12.html",
        "limits/6.18.1.html",
    ):
        assert (site / page).is_file()
    assert "No trial of this run" in (site / f"runs/{old}/samples/index.html").read_text()
    raw = site / "runs" / old / "trials.jsonl"
    assert raw.read_bytes() == (several / old / "trials.jsonl").read_bytes()


def test_whatever_a_host_name_holds_stays_text(several: Path, tmp_path: Path) -> None:
    write_site(several, tmp_path / "site")
    for path in (tmp_path / "site").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "<script>alert" not in text, path
        assert "default-src 'none'" in text.partition("</head>")[0], path
    index = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;alert(" in index and "6.12&amp;&lt;b&gt;" in index


@pytest.mark.usefixtures("plain_reports")
def test_a_new_site_replaces_the_old_one_whole(several: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    write_site(several, site)
    first = html_files(site)
    (site / "runs" / "gone.html").write_text("stale")
    write_site(several, site)
    assert html_files(site) == first
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("other", [None, "run.json", "a/b/run.json", "a/report.md"])
def test_nothing_to_publish_is_a_mistake_and_leaves_no_site(
    results: Path, tmp_path: Path, other: str | None
) -> None:
    if other is not None:
        (results / other).parent.mkdir(parents=True, exist_ok=True)
        (results / other).write_text("{}")
    with pytest.raises(UsageError, match="holds nothing to publish") as refused:
        write_site(results, tmp_path / "site")
    assert refused.value.remedy.startswith("Give the folder that holds the run folders")
    assert not (tmp_path / "site").exists()


def test_limits_alone_give_a_site_that_says_so(results: Path, tmp_path: Path) -> None:
    (results / "limits").mkdir()
    shutil.copy(MATRIX, results / "limits" / "kernels.json")
    made = write_site(results, tmp_path / "site")
    assert (made.runs, made.comparisons, made.trends) == (0, 0, 0) and made.kernels
    assert "No run is published yet" in (tmp_path / "site" / "index.html").read_text()
    assert html_files(tmp_path / "site") == crawled(tmp_path / "site")


def test_a_folder_with_other_files_is_left_alone(several: Path, tmp_path: Path) -> None:
    other = tmp_path / "home"
    other.mkdir()
    (other / "letter.txt").write_text("mine")
    with pytest.raises(UsageError, match="holds files, but no site"):
        write_site(several, other)
    assert [path.name for path in other.iterdir()] == ["letter.txt"]


def test_the_site_cannot_take_the_place_of_the_results(several: Path, tmp_path: Path) -> None:
    (several.parent / MARKER).touch()
    for site in (several, several.parent):
        with pytest.raises(UsageError, match="would replace the results"):
            write_site(several, site)
    assert len(list(several.glob("*/run.json"))) == 4


def test_missing_results_and_a_file_as_site_are_usage_errors(results: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no folder of results"):
        write_site(tmp_path / "nowhere", tmp_path / "site")
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="is a file"):
        write_site(results, tmp_path / "file")


@pytest.mark.parametrize("broken", ["run.json", "trials.jsonl"])
@pytest.mark.usefixtures("plain_reports")
def test_a_corrupted_run_is_named_and_the_old_site_stays(
    several: Path, tmp_path: Path, broken: str
) -> None:
    site = tmp_path / "site"
    write_site(several, site)
    before = html_files(site)
    file = several / "20260102T030405Z-box-sample" / broken
    file.write_text("{\n")
    with pytest.raises(BenchError, match=re.escape(str(file))):
        write_site(several, site)
    assert html_files(site) == before


@pytest.mark.usefixtures("plain_reports")
def test_a_page_that_cannot_be_made_leaves_the_old_site(
    several: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    write_site(several, site)
    before = html_files(site)

    def full(folder: Path, *, library: str, limits: Limits) -> None:
        raise BenchError("no space")

    monkeypatch.setattr(module, "write_report_page", full)
    with pytest.raises(BenchError, match="no space"):
        write_site(several, site)
    assert html_files(site) == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_reports_whose_records_and_tool_are_the_same_are_kept(
    tmp_path: Path, several: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    write_site(several, site)
    made: list[str] = []

    def write(folder: Path, *, library: str = "", limits: Limits | None = None) -> None:
        made.append(folder.name)
        write_report_page(folder, library=library, limits=limits)

    monkeypatch.setattr(module, "write_report_page", write)
    before = {path: path.read_bytes() for path in site.glob("runs/*/report.html")}
    write_site(several, site)
    assert made == []
    assert before and before == {path: path.read_bytes() for path in before}
    changed = next(several.glob("*/trials.jsonl"))
    changed.write_bytes(changed.read_bytes() + b"\n")
    write_site(several, site)
    assert made == [changed.parent.name]
    made.clear()
    answers = several / "limits" / "here.json"
    answers.write_text(answers.read_text().replace('"6.18.1"', '"6.18.2"'))
    write_site(several, site)
    assert len(made) == 4, "what kernels answered is in every report"


def test_a_site_has_one_copy_of_the_chart_library(tmp_path: Path, several: Path) -> None:
    site = tmp_path / "site"
    write_site(several, site)
    assert (site / LIBRARY).stat().st_size > 500_000
    for page in site.glob("runs/*/report.html"):
        assert page.stat().st_size < 500_000
        assert f'id="library" src="../../{LIBRARY}">' in page.read_text(encoding="utf-8")


def test_kernels_of_runs_whose_limits_were_not_tried_are_named() -> None:
    runs: Any = [SimpleNamespace(kernel=release) for release in ("6.18-b", "6.1-a", "6.18-b")]
    limits: Any = SimpleNamespace(kernels=[SimpleNamespace(release="6.1-a")])
    assert pages.untried_kernels(runs, limits) == ["6.18-b"]
    assert pages.untried_kernels(runs, cast(Any, SimpleNamespace(kernels=[]))) == [], (
        "nothing was tried"
    )
    text = pages.page(
        "limits/index.html", limits=Limits((), ()), verdicts=[], untried=["6.18-b"]
    ).html
    assert "Runs of this site were made on 6.18-b, which is not among these kernels" in text
