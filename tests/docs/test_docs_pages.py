"""How blocks are found, and what becomes of one without a word about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import REPOSITORY, Directive, Fate, blocks, directive, inline_code, pages

PAGE = """
Text, and `bench run`.

    echo indented

1. A list:

       echo in a list

<!-- docs: nightly, exit 0 or 1: noise
     may spoil it -->

```sh
echo fenced
```

<!-- docs: example: a listing -->
    results/

<!-- no directive -->

```python
print(1)
```
"""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.md"
    path.write_text(PAGE)
    return path


def test_blocks_are_found_fenced_indented_and_in_lists(page: Path) -> None:
    found = [(block.line, block.language, block.text.strip()) for block in blocks(page)]
    assert found == [
        (4, "bash", "echo indented"),
        (8, "bash", "echo in a list"),
        (13, "bash", "echo fenced"),
        (18, "bash", "results/"),
        (22, "python", "print(1)"),
    ]


def test_a_block_is_run_unless_the_comment_before_it_says_otherwise(page: Path) -> None:
    said = [block.directive for block in blocks(page)]
    assert said[0] == said[1] == said[4] == Directive(Fate.RUN)
    assert said[2] == Directive(Fate.NIGHTLY, reason="noise may spoil it", codes=(0, 1))
    assert said[3] == Directive(Fate.EXAMPLE, reason="a listing")


@pytest.mark.parametrize(
    "comment",
    [
        "<!-- docs: example -->",
        "<!-- docs: nightly -->",
        "<!-- docs: sometimes: it takes long -->",
        "<!-- docs: exit one: it fails -->",
        "<!-- docs: nightly: no end",
    ],
)
def test_no_reason_and_unknown_words_are_refused(comment: str) -> None:
    with pytest.raises(ValueError, match=r"reason|unknown word|no directive"):
        directive(comment)


def test_words_may_stand_together() -> None:
    said = directive("<!-- docs: nightly, fresh, exit 1: it says so -->")
    assert said == Directive(Fate.NIGHTLY, reason="it says so", codes=(1,), fresh=True)


def test_output_names_its_command() -> None:
    assert directive("<!-- docs: output of `bench doctor` -->").about == "bench doctor"


def test_inline_code_is_that_of_the_text_only(page: Path) -> None:
    assert inline_code(page) == ["bench run"]


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_every_block_of_a_page_says_what_becomes_of_it(page: Path) -> None:
    languages = {
        block.language for block in blocks(page) if block.directive.fate in ("run", "nightly")
    }
    assert languages <= {"bash", "python"}


def test_pages_are_those_that_people_write() -> None:
    names = {str(page.relative_to(REPOSITORY)) for page in pages()}
    assert {"README.md", "CONTRIBUTING.md", "docs/fleet.md", "results/README.md"} <= names
    assert not any(name.startswith(("results/2", "tests/golden/")) for name in names)
