"""``bench``: the command group and the one place where exceptions become exit codes.

Exit codes: 0 good; 1 an expected failure or a regression; 2 usage; 3 a bug; 130 interrupted.
"""

from __future__ import annotations

import importlib
import signal
import sys
import traceback
from collections.abc import Sequence
from types import FrameType

import click

from bench.cli.console import error_console, show_error
from bench.errors import BenchError
from bench.identity import identity

INTERRUPTED = 130
BUG = 3
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
    try:
        result = cli.main(args=arguments, prog_name="bench", standalone_mode=False)
        return int(result or 0)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        error_console().print("Interrupted.")
        return INTERRUPTED
    except BenchError as error:
        show_error(error)
        return error.exit_code
    except BrokenPipeError:
        return 1
    except Exception:
        error_console().print("This is a bug in bench. Please report it with these lines:")
        error_console().print(traceback.format_exc(), markup=False, highlight=False)
        return BUG
