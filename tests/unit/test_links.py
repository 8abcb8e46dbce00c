from __future__ import annotations

from pathlib import Path

import pytest

from tests.links import dead_links


@pytest.fixture
def site(tmp_path: Path) -> Path:
    root = tmp_path / "site"
    (root / "a b").mkdir(parents=True)
    (root / "a b" / "page.html").write_text('<p id="here"><a href="#here">x</a>')
    (root / "listed").mkdir()
    (root / "listed" / "index.html").write_text('<p id="first">')
    (root / "raw.json").write_text("{}")
    (tmp_path / "outside.html").write_text("")
    return root


@pytest.mark.parametrize(
    "link",
    [
        "a%20b/page.html",
        "a b/page.html#here",
        "./raw.json",
        "listed",
        "listed/#first",
        "#top",
        "https://example.org/x",
        "mailto:a@example.org",
        "data:image/png;base64,AA",
    ],
)
def test_links_that_work(site: Path, link: str) -> None:
    (site / "index.html").write_text(f'<h1 id="top"></h1><a href="{link}">x</a>')
    assert dead_links(site) == []


@pytest.mark.parametrize(
    ("link", "why"),
    [
        ("gone.html", "does not exist"),
        ("a%20b", "is a folder without index.html"),
        ("a%20b/page.html#there", "has no element 'there'"),
        ("#nowhere", "has no element 'nowhere'"),
        ("../outside.html", "leaves the site"),
        ("/raw.json", "is not relative"),
        ("//example.org/x", "is not relative"),
        ("file:///etc/hosts", "is not relative"),
    ],
)
@pytest.mark.parametrize("markup", ['<a href="{}">x</a>', "<img src='{}'>", '<link href="{}">'])
def test_links_that_lead_nowhere_say_why(site: Path, link: str, why: str, markup: str) -> None:
    (site / "index.html").write_text(markup.format(link))
    assert dead_links(site) == [f"index.html: {link}: {why}"]
