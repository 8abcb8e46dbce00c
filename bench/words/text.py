"""Words and names of a page."""

from __future__ import annotations

import re

LONGEST_SLUG = 100


def slug(text: str) -> str:
    """Letters, digits and hyphens, for anchors and file names."""
    words = re.sub(r"[^a-z0-9]+", "-", text.lower().replace("µ", "u")).strip("-.")
    return words[:LONGEST_SLUG].rstrip("-.") or "x"
