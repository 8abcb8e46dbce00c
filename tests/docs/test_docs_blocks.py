"""Every command block of the documentation, typed word for word in a clean clone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.checkout import Checkout, clone
from tests.docs.pages import REPOSITORY, Block, Fate, blocks, pages

FLEET = REPOSITORY / "docs/fleet.md"
"""Its blocks are about other hosts: test_docs_fleet.py."""
BLOCKS = [block for page in pages() if page != FLEET for block in blocks(page)]
TYPED = (Fate.RUN, Fate.NIGHTLY)


def of(*fates: Fate) -> Iterator[object]:
    """Blocks as parameters, named by page and line, in the order of the pages."""
    for block in BLOCKS:
        if block.directive.fate in fates:
            marks = [pytest.mark.nightly] if block.directive.fate is Fate.NIGHTLY else []
            yield pytest.param(block, id=str(block), marks=marks)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("block", list(of(*TYPED)))
def test_a_block_works_as_it_is_printed(
    root: None, checkout: Checkout, block: Block, tmp_path: Path
) -> None:
    if block.directive.fresh:
        checkout = clone(tmp_path / "bpf-timer-bench", fresh=True)
    done = checkout.run(block)
    assert done.returncode in block.directive.codes, f"{block.text}\n{done.output}"
    assert "Traceback" not in done.output, done.output
    assert checkout.dirt() == "", "what the documentation makes belongs into .gitignore"


@pytest.mark.parametrize("block", list(of(Fate.OUTPUT)))
def test_printed_output_is_what_the_command_prints(checkout: Checkout, block: Block) -> None:
    done = checkout.type(block.directive.about)
    assert done.returncode == 0, done.output
    lines = [line.rstrip() for line in done.stdout.splitlines()]
    assert block.text.rstrip("\n") in "\n".join(lines)


@pytest.mark.parametrize("block", list(of(Fate.ELSEWHERE)))
def test_what_is_run_elsewhere_stands_there(block: Block) -> None:
    text = (REPOSITORY / block.directive.about).read_text(encoding="utf-8")
    commands = [re.split(r"\s+#", line)[0].strip() for line in block.text.splitlines()]
    missing = [command for command in commands if command not in text]
    assert commands and not missing
