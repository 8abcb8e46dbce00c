from __future__ import annotations

from bench.analysis.answers.question import Sentence
from bench.page.anchors import anchor_of


def test_charts_have_a_section_of_their_key_and_the_rest_its_own_name() -> None:
    """That these are in pages is seen by whoever follows the links of a site."""
    found = [anchor_of(Sentence("", "", key)) for key in ("decision", "production", "numbers")]
    assert found == ["decision-section", "production", "numbers"]
