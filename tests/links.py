"""Links of a site that lead nowhere. Reads the files as a browser would find them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_ADDRESSES = {"href", "src"}
_OUTSIDE = {"http", "https", "mailto", "data"}


@dataclass(slots=True)
class _Page:
    """Addresses that a page links to, and the names that it can be linked at."""

    links: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = _Page()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value is not None and name in _ADDRESSES:
                self.page.links.append(value)
            if value and (name == "id" or (tag == "a" and name == "name")):
                self.page.names.add(value)


def dead_links(site: Path) -> list[str]:
    """One sentence per link that does not work from ``file://`` or from a static host.

    A link must be relative, stay in the site, and name a file or a folder with an
    ``index.html``; a fragment must exist there. Links to other hosts are not tried.
    """
    pages = {path.resolve(): _read(path) for path in sorted(site.rglob("*.html"))}
    return [
        f"{page.relative_to(site.resolve())}: {link}: {why}"
        for page, content in pages.items()
        for link in dict.fromkeys(content.links)
        for why in _troubles(page, link, pages, site.resolve())
    ]


def _read(path: Path) -> _Page:
    reader = _Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader.page


def _file(path: Path) -> Path:
    index = path / "index.html"
    return index if index.is_file() else path


def _troubles(page: Path, link: str, pages: dict[Path, _Page], site: Path) -> Iterator[str]:
    parts = urlsplit(link)
    if parts.scheme in _OUTSIDE:
        return
    if parts.scheme or parts.netloc or parts.path.startswith("/"):
        yield "is not relative"
        return
    target = _file((page.parent / unquote(parts.path)).resolve()) if parts.path else page
    if not target.is_relative_to(site):
        yield "leaves the site"
    elif not target.is_file():
        yield "is a folder without index.html" if target.is_dir() else "does not exist"
    elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].names:
        yield f"has no element {parts.fragment!r}"
