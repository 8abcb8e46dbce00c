"""``bench``: the command group and the one place where exceptions become exit codes."""

from __future__ import annotations

import importlib
import signal
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType

import click

from bench.cli.console import error_console, show_error
from bench.cli.streams import flush, unwritable, watched_output
from bench.errors import BenchError, next_step, of_host
from bench.exits import Exit
from bench.identity import identity

COMMANDS = (
    "capacity",
    "compare",
    "demo",
    "doctor",
    "export",
    "fleet",
    "limits",
    "matrix",
    "publish",
    "report",
    "run",
)
"""Each is the object of that name in the module of that name."""


class _Commands(click.Group):
    """Imports a command when it is asked for: charts and searches take longer than many answers."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*COMMANDS, *super().list_commands(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in COMMANDS and cmd_name not in self.commands:
            module = importlib.import_module(f"bench.cli.{cmd_name}")
            self.add_command(getattr(module, cmd_name))
        return super().get_command(ctx, cmd_name)


def _show_version(context: click.Context, option: click.Parameter, wanted: bool) -> None:
    if wanted:
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
    for number in (signal.SIGTERM, signal.SIGHUP):
        # Whoever started us may have wished otherwise: nohup(1) ignores SIGHUP.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _terminated)
    sys.exit(_code_of(arguments))


def _code_of(arguments: Sequence[str] | None) -> int:
    with watched_output() as output:
        try:
            code = _answer(arguments)
            flush()
            return code
        except BrokenPipeError:  # Who read it, such as head(1), has seen enough.
            return Exit.UNANSWERED
        except OSError as error:
            unwritten = output and output.error
            return _told(unwritable(unwritten) if unwritten else _unforeseen(error, arguments))


def _answer(arguments: Sequence[str] | None) -> int:
    try:
        return int(cli.main(args=arguments, prog_name="bench", standalone_mode=False) or Exit.GOOD)
    except SystemExit as ended:  # Of click and rich: after completion, or a broken pipe.
        return Exit.UNANSWERED if ended.code else Exit.GOOD
    except click.ClickException as error:
        with suppress(OSError):
            error.show()
        return Exit.USAGE if isinstance(error, click.UsageError) else Exit.UNANSWERED
    except (KeyboardInterrupt, click.Abort):
        _say("Interrupted.")
        return Exit.INTERRUPTED
    except BenchError as error:
        return _told(error)
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


def _told(error: BenchError) -> int:
    with suppress(OSError):  # Where standard error is full, the code is all that is left.
        show_error(error)
    return error.exit_code


def _say(*texts: str) -> None:
    with suppress(OSError):
        for text in texts:
            error_console().print(text, markup=False, highlight=False)
