"""docs/fleet.md, typed from its beginning to its end, with the lab's hosts at its addresses."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.docs.checkout import Checkout, clone
from tests.docs.documented_lab import SERIAL, documented_lab
from tests.docs.pages import Block, blocks
from tests.docs.typed import FLEET, TYPED, works

BLOCKS = [block for block in blocks(FLEET) if block.directive.fate in TYPED]
STEPS = [block for block in BLOCKS if "make lab" not in block.text]
LAB = [block for block in BLOCKS if "make lab" in block.text]

LAB_IS_UP = Path("/run/netns/btlab-sut1")

# A lab, and plays of minutes.
pytestmark = [pytest.mark.nightly, pytest.mark.timeout(3600)]


@pytest.fixture(scope="module")
def controller(root: None, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A clone of its own: the inventory that the page makes is not every page's."""
    made = clone(tmp_path_factory.mktemp("controller") / "bpf-timer-bench", fresh=True)
    variables = made.folder / "inventory/group_vars/sut.yml"
    variables.write_text(SERIAL)
    exclude = made.folder / ".git/info/exclude"
    exclude.write_text(f"{exclude.read_text()}/inventory/group_vars/sut.yml\n")
    return made


@pytest.fixture(scope="module")
def fleet(controller: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """The clone, from which bare hosts are reached at the addresses of the page."""
    if LAB_IS_UP.exists():
        pytest.fail("a lab is up already: `make lab-down`, then test again")
    with documented_lab(tmp_path_factory.mktemp("lab")) as programs:
        yield replace(controller, programs=programs)


# Before the lab of the steps is up: there can be one only.
@pytest.mark.parametrize("block", LAB, ids=str)
def test_the_lab_of_the_page_works_as_it_is_printed(controller: Checkout, block: Block) -> None:
    try:
        works(controller, block)
    finally:
        if LAB_IS_UP.exists():  # The block ended before its last line.
            subprocess.run(["make", "lab-down"], cwd=controller.folder, check=True)


@pytest.mark.parametrize("block", STEPS, ids=str)
def test_a_step_of_the_page_works_as_it_is_printed(fleet: Checkout, block: Block) -> None:
    works(fleet, block)
    left = [path.name for path in fleet.folder.glob("results/*/fleet.json")]
    assert left or "-e sweep=" not in block.text
