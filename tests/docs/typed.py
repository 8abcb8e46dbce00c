"""The blocks that are typed, by who may stand beside them, and how each is judged."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.docs.checkout import Checkout
from tests.docs.pages import REPOSITORY, Block, Fate, blocks, pages

FLEET = REPOSITORY / "docs/fleet.md"
"""Its blocks are about other hosts: test_docs_fleet.py."""
BLOCKS = [block for page in pages() if page != FLEET for block in blocks(page)]
TYPED = (Fate.RUN, Fate.NIGHTLY)
READING = {"compare", "export", "publish", "report"}
"""Commands of bench that leave the kernel alone; `tests/unit/test_layers.py` sees to that."""


def only_reads(block: Block) -> bool:
    """Whether a block does nothing but read runs, so that it may stand beside other tests."""
    if block.language == "python":
        return True
    commands = re.findall(r"\bbench (\w+)", block.text)
    others = re.search(r"\b(make|ansible-playbook|tests/perf)\b", block.text)
    return not others and set(commands) <= READING


def of(*fates: Fate, reading: bool | None = None) -> Iterator[object]:
    """Blocks as parameters, named by page and line, in the order of the pages."""
    for block in BLOCKS:
        if block.directive.fate in fates and reading in (None, only_reads(block)):
            marks = [pytest.mark.nightly] if block.directive.fate is Fate.NIGHTLY else []
            yield pytest.param(block, id=str(block), marks=marks)


def works(checkout: Checkout, block: Block) -> None:
    """Type a block: it ends as it is foreseen, and leaves the checkout clean."""
    done = checkout.run(block)
    assert done.returncode in block.directive.codes, f"{block.text}\n{done.output}"
    assert "Traceback" not in done.output, done.output
    dirt = checkout.dirt()
    assert dirt == "", f"what the documentation makes belongs into .gitignore:\n{dirt}"
