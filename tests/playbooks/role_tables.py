"""The table of variables in a role's README, made from its argument specification."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

BEGIN = "<!-- Made from meta/argument_specs.yml and defaults/main.yml: UPDATE_GOLDEN=1 pytest -->"
END = "<!-- End of the table. -->"
_MARKUP = re.compile(r"\b[OCV]\(([^)]*)\)")


def variables_table(role: Path) -> str:
    """Name, type, default and meaning of each variable, as Markdown between its marks."""
    specs = yaml.safe_load((role / "meta/argument_specs.yml").read_text())["argument_specs"]
    defaults = yaml.safe_load((role / "defaults/main.yml").read_text())
    lines = ["| variable | type | default | meaning |", "| --- | --- | --- | --- |"]
    for name, option in sorted(specs["main"]["options"].items()):
        cells = (f"`{name}`", option["type"], _default(defaults[name]), _meaning(option))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([BEGIN, "", *lines, "", END])


def _default(value: object) -> str:
    if isinstance(value, (list, dict)) and value:
        return f"[{len(value)} entries](defaults/main.yml)"
    if isinstance(value, str) and "{{" in value:
        return "[an expression](defaults/main.yml)"
    text = yaml.safe_dump(value, default_flow_style=True).splitlines()[0]
    return f"`{text}`"


def _meaning(option: dict) -> str:
    said = option["description"]
    text = " ".join(said) if isinstance(said, list) else said
    return _MARKUP.sub(r"`\1`", text).replace("|", "\\|")


def with_table(readme: str, table: str) -> str:
    """A README with its table replaced."""
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + table + after
