"""A trace instance of our own for what BPF programs print; the host's own trace stays as it is.

``bpf_trace_printk`` is a trace event, so an instance can record it. Loading a program enables
it in the host's own trace, too: :mod:`bench.host.printk_event` undoes that.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.clean.kinds import remove_instance
from bench.errors import BenchError, explained
from bench.host.mounts import find_mounts, mount_remedy
from bench.host.owner import scratch_prefix
from bench.host.printk_event import EVENT
from bench.resources import Resource

READ_BYTES = 1 << 16


def tracefs() -> Path:
    """Where tracefs is mounted.

    Raises:
        BenchError: Nowhere, or the kernel has no event for what BPF programs print.
    """
    path = find_mounts().tracefs
    if path is None:
        raise BenchError(
            "tracefs is not mounted, and trace_pipe lies there",
            remedy=mount_remedy("tracefs"),
        )
    if not (path / EVENT).exists():
        raise BenchError(
            f"this kernel has no trace event for bpf_printk: no {path / EVENT}",
            remedy="Use kernel 5.9 or newer, built with CONFIG_BPF_EVENTS=y",
        )
    return path


class TracePipe(Resource):
    """The ``trace_pipe`` of one instance, read without waiting."""

    def __init__(self, path: Path) -> None:
        """Open it."""
        self._fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        self._held.callback(os.close, self._fd)
        self._rest = b""

    def lines(self) -> list[str]:
        """Complete lines printed since the last call; reading consumes them."""
        data = [self._rest]
        try:
            while chunk := os.read(self._fd, READ_BYTES):
                data.append(chunk)
        except BlockingIOError:
            pass
        *whole, self._rest = b"".join(data).split(b"\n")
        return [line.decode(errors="replace") for line in whole]


@contextmanager
def own_trace(root: Path) -> Iterator[TracePipe]:
    """An instance that records what BPF programs print, removed when the block ends.

    Raises:
        BenchError: The kernel allows no instance.
    """
    path = root / "instances" / f"{scratch_prefix('demo')}trace"
    with explained(f"make the trace instance {path}"):
        path.mkdir()
    try:
        with explained("record what BPF programs print"):
            (path / EVENT).write_text("1")
            pipe = TracePipe(path / "trace_pipe")
        with pipe:
            yield pipe
    finally:
        remove_instance(path)
