"""Observer ``auto``: ``bcc`` where it builds, else ``core``, and it says which and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bench.errors import BenchError
from bench.observers.base import Observer, ObserverSnapshot
from bench.observers.bcc_build import compiled_program
from bench.observers.bcc_observer import BccObserver
from bench.observers.core_observer import CoreObserver
from bench.record import ObserverInfo
from bench.spec import ObserverName


class UsualObserver(Observer):
    """What is used where nobody asked for an observer by name.

    Both run the same hooks (``bpf/observers/softirq.h``) and give the same figures.

    Args:
        ksoftirqd: CPU -> pid of its ksoftirqd thread.
    """

    name = ObserverName.AUTO

    def __init__(self, ksoftirqd: Mapping[int, int]) -> None:
        """Remember the threads; the choice is made by the first :meth:`start`."""
        self._ksoftirqd = ksoftirqd
        self._chosen: Observer | None = None
        self._why_not_bcc = ""

    def start(self) -> None:
        """Choose once, and begin to observe.

        Raises:
            BenchError: Neither can be used here.
        """
        if self._chosen is None:
            self._chosen = self._choose()
        self._chosen.start()

    def _choose(self) -> Observer:
        try:
            compiled_program()
        except BenchError as error:
            self._why_not_bcc = error.problem
            return CoreObserver(self._ksoftirqd)
        return BccObserver(self._ksoftirqd)

    def stop(self) -> None:
        """Detach; does nothing when not started."""
        if self._chosen is not None:
            self._chosen.stop()

    def snapshot(self) -> ObserverSnapshot:
        """The figures as of now.

        Raises:
            BenchError: The observer is not started.
        """
        return self._started.snapshot()

    def info(self) -> ObserverInfo:
        """The observer that was chosen, and why it is not ``bcc`` if it is not."""
        info = self._started.info()
        if not self._why_not_bcc:
            return info
        return replace(info, detail={"instead of bcc": self._why_not_bcc, **info.detail})

    @property
    def remark(self) -> str:
        """What the user should be told of the choice; empty if it is ``bcc``."""
        if not self._why_not_bcc:
            return ""
        return f"observer core is used instead of bcc: {self._why_not_bcc}"

    @property
    def _started(self) -> Observer:
        if self._chosen is None:
            raise BenchError(f"the {self.name} observer is not started")
        return self._chosen
