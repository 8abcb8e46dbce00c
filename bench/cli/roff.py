"""A command as a man page, from what its help says. Pure."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping

import click

from bench.cli.grouped import OTHER

TOP = "bench"
SUITE = "bpf-timer-bench"
HELP = ["-h", "--help"]
"""As of all commands: click keeps the option that it first made of them."""
CODES = (
    ("0", "Answered, and the answer is good."),
    ("1", "Answered, and the answer is bad: a regression, a goal missed, a finding."),
    ("2", "The request itself is wrong."),
    ("3", "A bug of bench."),
    ("4", "Not answered: unreadable or unfinished input, too little data, an error of the host."),
    ("130", "Interrupted."),
)


def man_page(name: str, command: click.Command, others: Mapping[str, str]) -> str:
    """Text of ``bench-NAME.1``, or of ``bench.1`` where the name is empty.

    Args:
        name: Of the command within ``bench``.
        command: What it is.
        others: All commands by name, with what they do.
    """
    full = f"{TOP}-{name}" if name else TOP
    return "\n".join(_lines(full, command, others, top=not name)) + "\n"


def _lines(
    full: str, command: click.Command, others: Mapping[str, str], *, top: bool
) -> Iterator[str]:
    name = full.replace("-", " ", 1)
    context = click.Context(command, info_name=name, help_option_names=HELP)
    yield f'.TH {full.upper()} 1 "" "{SUITE}" "User Commands"'
    yield ".SH NAME"
    yield f"{_text(full)} \\- {_text(command.get_short_help_str(200).rstrip('.'))}"
    yield ".SH SYNOPSIS"
    usage = " ".join(command.collect_usage_pieces(context))
    yield f".B {_text(context.info_name or full)}"
    yield _text(usage)
    yield ".SH DESCRIPTION"
    yield from _paragraphs(command.help or "")
    yield ".SH OPTIONS"
    yield from _options(command, context)
    if top:
        yield ".SH COMMANDS"
        for name, text in others.items():
            yield from _item(f"{TOP} {name}", text)
    yield ".SH EXIT STATUS"
    for code, text in CODES:
        yield from _item(code, text)
    yield ".SH SEE ALSO"
    pages = [f"{TOP}-{name}" for name in others] if top else [TOP]
    yield ", ".join(f"\\fB{_text(page)}\\fP(1)" for page in pages)


def _paragraphs(text: str) -> Iterator[str]:
    """Paragraphs of a help text; one that begins with ``\\b`` keeps its lines."""
    for number, paragraph in enumerate(inspect.cleandoc(text).split("\n\n")):
        if number:
            yield ".PP"
        lines = paragraph.splitlines()
        if lines and lines[0] == "\b":
            yield from (".nf", *map(_text, lines[1:]), ".fi")
        else:
            yield _text(" ".join(lines))


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    rows = {p.name: row for p in command.get_params(context) if (row := p.get_help_record(context))}
    groups: Mapping[str, tuple[str, ...]] = getattr(command, "groups", {})
    grouped = {name for names in groups.values() for name in names}
    rest = [str(name) for name in rows if name not in grouped]
    for heading, names in {**groups, OTHER: rest}.items():
        shown = [rows[name] for name in names if name in rows]
        if shown and groups:
            yield f".SS {_text(heading)}"
        for option, text in shown:
            yield from _item(option, text)


def _item(term: str, text: str) -> Iterator[str]:
    yield from (".TP", f".B {_text(term)}", _text(text) or "\\ ")


def _text(text: str) -> str:
    """Plain text for roff: no escape, no request at the beginning of a line, hyphens as typed."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped
