"""What must be given back: however its block ends, and when making it fails half-way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from types import TracebackType
from typing import Self


class Resource:
    """Base of what holds other things until it is closed; a context manager.

    A subclass acquires in :meth:`_open`, or in its constructor within :meth:`acquiring`, and
    says with :attr:`_held` how each thing is given back. It overrides nothing else.
    """

    @cached_property
    def _held(self) -> ExitStack:
        """What is to be given back, the last first."""
        return ExitStack()

    def _open(self) -> None:
        """Acquire; called when the block is entered. By default there is nothing left to do."""

    @contextmanager
    def acquiring(self) -> Iterator[ExitStack]:
        """If the block fails, everything held is given back before its error goes on."""
        try:
            yield self._held
        except BaseException as error:
            self.__exit__(type(error), error, error.__traceback__)
            raise

    def __enter__(self) -> Self:
        """Acquire; what fails half-way leaves nothing behind."""
        with self.acquiring():
            self._open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close; an error of closing does not hide the one that ended the block."""
        try:
            self.close()
        except Exception as later:
            if error is None:
                raise
            error.add_note(f"Afterwards: {later}")

    def close(self) -> None:
        """Give everything back; does nothing when that is done already."""
        self._held.close()
