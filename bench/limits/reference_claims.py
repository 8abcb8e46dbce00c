"""A map needs a reference from user space: which count, and which do not."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from bench.errors import KernelRefusedError, errno_name
from bench.libbpf import raw
from bench.libbpf.maps import MAP_TYPES
from bench.limits.answers import result_text
from bench.limits.claim import CannotTryError, Claim, Outcome, judged
from bench.limits.lab import Lab
from bench.limits.loading import opened
from bench.limits.rig import ENOMEM_ATTEMPTS, Rig, wait_until
from bench.limits.sources import ARTICLE, code

ANSWER = np.dtype([("asked", "u8"), ("result", "i8")])
"""``struct limits_answer`` of ``bpf/limits/link_only.bpf.c``."""
SOURCE = f"{ARTICLE}; {code('bpf_timer_init: map->usercnt')}"

Keep = Callable[[Rig], Callable[[], None]]


def _init(program_fd: int) -> int:
    for _ in range(ENOMEM_ATTEMPTS):
        result = raw.test_run(program_fd)
        if result != -errno.ENOMEM:
            break
        time.sleep(0.001)
    return result


def _kept_by(keep: Keep, wanted: int) -> Callable[[Lab], Outcome]:
    """An attempt: init with nothing of the map left but what ``keep`` holds."""

    def attempt(lab: Lab) -> Outcome:
        rig = Rig(MAP_TYPES["array"], entries=1)
        try:
            program_fd = rig.program_fd()
            release = keep(rig)
        finally:
            rig.close()
        try:
            result = _init(program_fd)
        finally:
            os.close(program_fd)
            release()
        return judged(result == wanted, result_text(result), errno=errno_name(min(result, 0)))

    return attempt


def _nothing(rig: Rig) -> Callable[[], None]:
    return lambda: None


def _descriptor(rig: Rig) -> Callable[[], None]:
    fd = os.dup(rig.fd)
    return lambda: os.close(fd)


def _pin(rig: Rig) -> Callable[[], None]:
    try:
        mount = raw.private_bpffs()
    except OSError as error:
        raise CannotTryError(f"no bpf file system can be made: {error.strerror}") from error
    try:
        raw.pin(rig.fd, f"/proc/self/fd/{mount}/timers")
    except OSError as error:
        os.close(mount)
        raise CannotTryError(f"the map cannot be pinned: {error.strerror}") from error
    return lambda: os.close(mount)


@contextmanager
def _linked(keep_map: bool) -> Iterator[np.void]:
    """A program that only its link holds, or its map's descriptor, too; its answer."""
    held: list[int] = []
    with opened("link_only") as made:
        made.set_constants({"pid": os.getpid()})
        try:
            made.load()
            made.attach("on_sys_enter")
        except KernelRefusedError as error:
            why = "tp_btf/sys_enter cannot be attached"
            raise CannotTryError(why, errno=errno_name(error.errno)) from error
        answers = made.map("answers").view(ANSWER)
        wanted = made.map("wanted").view(np.dtype([("now", "u8")]))
        held += [os.dup(fd) for fd in made.link_fds()]
        if keep_map:
            held.append(os.dup(made.map("timers").fd))
    try:
        wanted["now"] = 1
        wait_until(lambda: bool(answers[0]["asked"]))
        yield answers[0]
    finally:
        for fd in held:
            os.close(fd)


def _link(lab: Lab) -> Outcome:
    with _linked(keep_map=True) as counterpart:
        if not counterpart["asked"] or int(counterpart["result"]) == -errno.EPERM:
            raise CannotTryError("the program does not work with the map open either")
    with _linked(keep_map=False) as answer:
        result = int(answer["result"])
    return judged(result == -errno.EPERM, result_text(result), errno=errno_name(min(result, 0)))


def _claim(slug: str, sentence: str, method: str, attempt: Callable[[Lab], Outcome]) -> Claim:
    return Claim(
        id=f"reference.{slug}",
        sentence=sentence,
        source=SOURCE,
        method=f"{method}; then bpf_timer_init",
        expected="0" if slug in ("descriptor", "pin") else "EPERM",
        attempt=attempt,
    )


def reference_claims() -> list[Claim]:
    """What keeps a map usable for timers."""
    return [
        _claim(
            "none",
            "A timer of a map without a reference from user space cannot be initialised",
            "all descriptors closed but the program's",
            _kept_by(_nothing, -errno.EPERM),
        ),
        _claim(
            "descriptor",
            "An open descriptor of the map is such a reference",
            "the map's descriptor kept as well",
            _kept_by(_descriptor, 0),
        ),
        _claim(
            "pin",
            "A pinned map is such a reference",
            "the map pinned in a bpf file system, descriptors closed",
            _kept_by(_pin, 0),
        ),
        _claim(
            "link",
            "A link to the program is not such a reference",
            "all descriptors closed but that of the link (tp_btf/sys_enter)",
            _link,
        ),
    ]
