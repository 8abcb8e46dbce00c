"""What listing and completion need of a command, known without importing it.

``outline.json`` is written from the commands themselves; a test holds it to them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

FILE = Path(__file__).with_name("outline.json")
Entry = Mapping[str, Any]


def outline_of(command: click.Command) -> dict[str, Any]:
    """The command as the file has it: former options, which are hidden, are not completed."""
    shown = (each for each in command.params if not getattr(each, "hidden", False))
    parameters = [_parameter_of(parameter) for parameter in shown]
    return {"text": command.get_short_help_str(200), "parameters": parameters}


def _parameter_of(parameter: click.Parameter) -> dict[str, Any]:
    found: dict[str, Any] = {"names": parameter.opts, "nargs": parameter.nargs}
    if isinstance(parameter.type, click.Path):
        found["path"] = "file" if parameter.type.file_okay else "folder"
    if isinstance(parameter.type, click.Choice):
        found["choices"] = list(parameter.type.choices)
    if isinstance(parameter, click.Option):
        found |= {"text": parameter.help, "flag": parameter.is_flag, "many": parameter.multiple}
    return found


def written(entries: Mapping[str, Entry]) -> str:
    """Text of the file: a line for each parameter."""
    blocks = []
    for name, entry in sorted(entries.items()):
        lines = ",\n".join(f"  {json.dumps(parameter)}" for parameter in entry["parameters"])
        text = json.dumps(entry["text"])
        blocks.append(f'{json.dumps(name)}: {{"text": {text}, "parameters": [\n{lines}\n]}}')
    return "{\n" + ",\n".join(blocks) + "\n}\n"


def outlines() -> dict[str, Entry]:
    """What the file has, by the command's name."""
    found: dict[str, Entry] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def stand_in(name: str) -> click.Command:
    """A command to complete, which does nothing; hidden if the file does not have it."""
    entry = outlines().get(name)
    if entry is None:
        return click.Command(name, hidden=True)
    parameters = [_parameter(found) for found in entry["parameters"]]
    return click.Command(name, params=parameters, help=entry["text"])


def _parameter(found: Entry) -> click.Parameter:
    kind: Any = None
    if "path" in found:
        kind = click.Path(file_okay=found["path"] == "file")
    if "choices" in found:
        kind = click.Choice(found["choices"])
    if "flag" not in found:
        return click.Argument(found["names"], nargs=found["nargs"], type=kind)
    if found["flag"]:
        return click.Option(found["names"], is_flag=True, help=found["text"])
    return click.Option(found["names"], type=kind, help=found["text"], multiple=found["many"])
