"""``bench``: the command group and the one place where exceptions become exit codes.

What only some calls need is imported by them: help and completion take no longer than click.
"""

from __future__ import annotations

import importlib
import re
import signal
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType

import click

from bench.cli.outline import outlines, stand_in
from bench.cli.streams import CLOSED, flush, unwritable, watched_output
from bench.error_file import leave
from bench.errors import BenchError, next_step, of_host, quoted
from bench.exits import BISECT, Exit, of_bisect
from bench.signals import insist

COMMANDS = (
    "ab",
    "capacity",
    "check",
    "clean",
    "compare",
    "demo",
    "doctor",
    "estimate",
    "export",
    "fleet",
    "instructions",
    "limits",
    "manual",
    "matrix",
    "publish",
    "report",
    "run",
    "timers",
    "watch",
)
"""Each is the object of that name in the module of that name.

``outline.json`` has what people see of them; those that it does not have are hidden.
"""
BISECTING = ("compare", "instructions", "matrix")
"""Commands that have ``--bisect``."""


class _Commands(click.Group):
    """Imports a command when it is called; what lists or completes it is known before."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*COMMANDS, *super().list_commands(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in COMMANDS and cmd_name not in self.commands:
            if ctx.resilient_parsing:
                return stand_in(cmd_name)
            module = importlib.import_module(f"bench.cli.{cmd_name}")
            self.add_command(getattr(module, cmd_name))
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry["text"]) for name, entry in outlines().items()])


def _show_version(context: click.Context, option: click.Parameter, wanted: bool) -> None:
    if wanted:
        from bench.identity import identity

        click.echo(f"bench, version {identity()}")
        context.exit()


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show version, hash of the sources and commit, and exit.",
)
def cli() -> None:
    """Benchmark the Linux kernel's bpf_timer on this host."""


def _terminated(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    sys.unraisablehook = insist
    for number in (signal.SIGTERM, signal.SIGHUP):
        # Whoever started us may have wished otherwise: nohup(1) ignores SIGHUP.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _terminated)
    code = _code_of(arguments)
    sys.exit(of_bisect(code) if _bisects(arguments) else code)


def _bisects(arguments: Sequence[str] | None) -> bool:
    """Whether ``git bisect run`` asks: it has codes of its own, whatever happens."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    options = words[: words.index("--")] if "--" in words else words
    return BISECT in options and words[0] in BISECTING


def _code_of(arguments: Sequence[str] | None) -> int:
    if sys.stdout is None:
        return _reported(CLOSED)
    with watched_output() as output:
        try:
            code = _answer(arguments)
            flush()
            return code
        except BrokenPipeError:  # Who read it, such as head(1), has seen enough.
            return Exit.UNANSWERED
        except OSError as error:
            unwritten = output and output.error
            return _reported(unwritable(unwritten) if unwritten else _unforeseen(error, arguments))


def _answer(arguments: Sequence[str] | None) -> int:
    try:
        return int(cli.main(args=arguments, prog_name="bench", standalone_mode=False) or Exit.GOOD)
    except SystemExit as ended:  # Of click and rich: after completion, or a broken pipe.
        return Exit.UNANSWERED if ended.code else Exit.GOOD
    except click.ClickException as error:
        short = re.sub(r"'[^']{99,}'", lambda long: quoted(long[0][1:-1]), error.message)
        error.message = short  # type: ignore[misc]  # The rest of what it shows is right.
        with suppress(OSError):
            error.show()
        return Exit.USAGE if isinstance(error, click.UsageError) else Exit.UNANSWERED
    except (KeyboardInterrupt, click.Abort):
        _say("Interrupted.")
        return Exit.INTERRUPTED
    except BenchError as error:
        return _reported(error)
    except OSError:
        raise
    except Exception:
        _say("This is a bug in bench. Please report it with these lines:", traceback.format_exc())
        return Exit.BUG


def _unforeseen(error: OSError, arguments: Sequence[str] | None) -> BenchError:
    words = sys.argv[1:] if arguments is None else arguments
    command = next((word for word in words if word in COMMANDS), "")
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "bench" in Path(frame.filename).parts] or frames
    where = f"in {own[-1].name}, {own[-1].filename}, line {own[-1].lineno}"
    tried = f"finish bench {command}".strip()
    return of_host(error, tried, remedy=next_step(error), detail=where)


def _reported(error: BenchError) -> int:
    from bench.cli.console import show_error

    leave(error)
    with suppress(OSError):  # Where standard error is full, the code is all that is left.
        show_error(error)
    return error.exit_code


def _say(*texts: str) -> None:
    from bench.cli.console import error_console

    with suppress(OSError):
        for text in texts:
            error_console().print(text, markup=False, highlight=False)
