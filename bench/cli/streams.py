"""Standard output as a file that can be full or cut off."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from bench.errors import BenchError

CLOSED = BenchError(
    "standard output is closed", remedy="Send it to a file, or to /dev/null if nobody reads it"
)
"""Before anything is opened, which would take its place."""


class Output(io.FileIO):
    """A descriptor that remembers why it could not be written."""

    error: OSError | None = None

    def write(self, data: Any, /) -> int:
        """As of any file."""
        try:
            return super().write(data)
        except OSError as error:
            self.error = error
            raise


@contextmanager
def watched_output() -> Iterator[Output | None]:
    """Standard output within the block by a descriptor that remembers; None if it has none."""
    usual = sys.stdout
    try:
        usual.flush()
        output = Output(usual.fileno(), "w", closefd=False)
    except (AttributeError, OSError, ValueError):  # Closed, or that of a test.
        yield None
        return
    sys.stdout = io.TextIOWrapper(
        io.BufferedWriter(output),
        encoding=usual.encoding,
        errors=usual.errors,
        line_buffering=usual.isatty(),
    )
    try:
        yield output
    finally:
        _drop_unwritten()
        sys.stdout = usual


def flush() -> None:
    """Write what is still in memory, while an error can still be reported.

    Raises:
        OSError: It cannot be written.
    """
    if sys.stdout is not None:
        sys.stdout.flush()


def unwritable(error: OSError) -> BenchError:
    """The error for the user."""
    return BenchError(
        f"cannot write to standard output: {error.strerror}",
        remedy="Free space where it goes, or send it elsewhere",
    )


def _drop_unwritten() -> None:
    """What could not be written, the interpreter would try again at its end, with a message."""
    for stream in filter(None, (sys.stdout, sys.stderr)):
        try:
            stream.flush()
        except OSError:
            with suppress(OSError, ValueError):  # A stream of a test has no descriptor.
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, stream.fileno())
                os.close(nowhere)
                stream.flush()
