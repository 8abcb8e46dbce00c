"""``bench manual``: man pages and completion, made from the commands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
from click.shell_completion import get_completion_class

from bench.cli.common import output_option
from bench.cli.outline import outlines
from bench.cli.roff import TOP, man_page
from bench.errors import explained
from bench.words.plurals import counted

COMPLETIONS = {
    "bash": "bash-completion/completions/bench",
    "zsh": "zsh/site-functions/_bench",
}
"""Where shells look for it below a folder such as /usr/local/share."""


@click.command()
@output_option("Folder such as /usr/local/share, or ~/.local/share for one user.", required=True)
def manual(*, output: Path) -> int:
    """Write man pages and completion for bash and zsh, made from the commands.

    Provisioning writes them into share of the tool's own environment.
    """
    written = 0
    for name, text in files():
        path = output / name
        with explained(f"write {path}", remedy="Choose a folder that can be written"):
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                path.write_text(text, encoding="utf-8")
                written += 1
    click.echo(f"{counted(written, 'file')} written below {output}")
    return 0


def files() -> Iterator[tuple[str, str]]:
    """Name below the folder and text of each file."""
    from bench.cli.main import COMMANDS, cli

    texts = {name: entry["text"] for name, entry in outlines().items()}
    yield f"man/man1/{TOP}.1", man_page("", cli, texts)
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        if command and not command.hidden:
            yield f"man/man1/{TOP}-{name}.1", man_page(name, command, texts)
    for shell, place in COMPLETIONS.items():
        yield place, _completion(shell)


def _completion(shell: str) -> str:
    found = get_completion_class(shell)
    assert found is not None, f"click knows {shell}"
    from bench.cli.main import cli

    return found(cli, {}, TOP, f"_{TOP.upper()}_COMPLETE").source()
