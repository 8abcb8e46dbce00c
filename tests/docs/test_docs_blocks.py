"""Blocks of the documentation that measure or provision, typed word for word in a clean clone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.checkout import Checkout, clone
from tests.docs.pages import Block
from tests.docs.typed import TYPED, of, works


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("block", list(of(*TYPED, reading=False)))
def test_a_block_works_as_it_is_printed(
    root: None, checkout: Checkout, block: Block, tmp_path: Path
) -> None:
    if block.directive.fresh:
        checkout = clone(tmp_path / "bpf-timer-bench", fresh=True)
    works(checkout, block)
