"""Blocks of the documentation that read runs, typed word for word, and output that it prints."""

from __future__ import annotations

import re

import pytest

from tests.docs.checkout import Checkout, git
from tests.docs.pages import REPOSITORY, Block, Fate
from tests.docs.typed import TYPED, of, only_reads, works


@pytest.mark.parametrize("block", list(of(*TYPED, reading=True)))
def test_a_block_works_as_it_is_printed(checkout: Checkout, block: Block) -> None:
    works(checkout, block)


@pytest.mark.parametrize("block", list(of(Fate.OUTPUT)))
def test_printed_output_is_what_the_command_prints(checkout: Checkout, block: Block) -> None:
    done = checkout.type(block.directive.about)
    # A published report has the words of its day; this one is about what is printed.
    git(checkout.folder, "checkout", "--", ".")
    assert done.returncode == 0, done.output
    lines = [line.rstrip() for line in done.stdout.splitlines()]
    assert block.text.rstrip("\n") in "\n".join(lines)


@pytest.mark.parametrize("block", list(of(Fate.ELSEWHERE)))
def test_what_is_run_elsewhere_stands_there(block: Block) -> None:
    text = (REPOSITORY / block.directive.about).read_text(encoding="utf-8")
    commands = [re.split(r"\s+#", line)[0].strip() for line in block.text.splitlines()]
    missing = [command for command in commands if command not in text]
    assert commands and not missing


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bench report results/x\nbench compare a b", True),
        ("cp a b", True),
        ("bench report results/x\nbench demo", False),
        ("make bench", False),
        (".venv/bin/ansible-playbook bench.yml", False),
    ],
)
def test_only_what_reads_may_stand_beside_other_tests(text: str, expected: bool) -> None:
    assert only_reads(Block(REPOSITORY / "README.md", 1, "bash", text)) is expected
