"""A CO-RE object: open, configure, load, attach, run. Closing it removes everything."""

from __future__ import annotations

import ctypes as c
import errno
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from bench import abi
from bench.errors import BenchError, KernelRefusedError
from bench.libbpf.btf import Btf
from bench.libbpf.ffi import TestRunOpts, checked, collected_messages, lib, zero
from bench.libbpf.maps import BpfMap

FORBIDDEN = (
    "Run as root with CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN, outside of containers that forbid "
    "bpf(); some kernels forbid single program types"
)
DOCTOR = "Run `bench doctor` to see what this kernel allows"


class BpfObject:
    """One opened object file; use it as a context manager.

    Order of calls: set sizes and constants, :meth:`load`, :meth:`attach`, :meth:`run`.
    """

    def __init__(self, path: Path) -> None:
        """Open and parse the file; nothing reaches the kernel yet.

        Raises:
            BenchError: libbpf cannot parse it; detail carries libbpf's messages.
        """
        self.name = path.name.split(".")[0]
        self._links: list[int] = []
        self._maps: dict[str, BpfMap] = {}
        with collected_messages() as messages:
            handle = lib().bpf_object__open_file(str(path).encode(), None)
            if not handle:
                reason = os.strerror(c.get_errno())
                raise BenchError(f"cannot open {path}: {reason}", detail="".join(messages))
        self._handle: int | None = handle

    def __enter__(self) -> Self:
        """The object itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Detach, unmap and release; the kernel cancels what timers are left."""
        self.detach()
        for item in self._maps.values():
            item.unmap()
        self._maps.clear()
        if self._handle is not None:
            lib().bpf_object__close(self._handle)
            self._handle = None

    def _program(self, name: str) -> int:
        found = lib().bpf_object__find_program_by_name(self._handle, name.encode())
        return checked(found, f"program {name} of {self.name}")

    def map(self, name: str) -> BpfMap:
        """The map of this name."""
        if name not in self._maps:
            found = lib().bpf_object__find_map_by_name(self._handle, name.encode())
            self._maps[name] = BpfMap(checked(found, f"map {name} of {self.name}"), name)
        return self._maps[name]

    def program_names(self) -> list[str]:
        """All programs of the object."""
        names, current = [], None
        while current := lib().bpf_object__next_program(self._handle, current):
            names.append(bytes(lib().bpf_program__name(current)).decode())
        return names

    def load_only(self, names: Iterable[str]) -> None:
        """Choose the programs to load; the others stay out of the kernel."""
        wanted = set(names)
        for name in self.program_names():
            zero(lib().bpf_program__set_autoload(self._program(name), name in wanted), name)

    def set_constants(self, values: Mapping[str, int | bytes]) -> None:
        """Set ``const volatile`` variables before loading, by name.

        Raises:
            BenchError: The object has no such constant.
        """
        rodata = self._rodata()
        places = {m.name: m for m in self.btf().section(".rodata")}
        for name, value in values.items():
            if name not in places:
                raise BenchError(f"{self.name} has no constant {name}", detail=str(list(places)))
            place = places[name]
            raw = value if isinstance(value, bytes) else value.to_bytes(place.size, "little")
            c.memmove(rodata + place.offset, raw.ljust(place.size, b"\0"), place.size)

    def _rodata(self) -> int:
        current = None
        while current := lib().bpf_object__next_map(self._handle, current):
            if bytes(lib().bpf_map__name(current)).decode().endswith(".rodata"):
                size = c.c_size_t()
                address = lib().bpf_map__initial_value(current, c.byref(size))
                return checked(address, f".rodata of {self.name}")
        raise BenchError(f"{self.name} has no constants")

    def btf(self) -> Btf:
        """The object's own BTF; valid while the object is open."""
        return Btf(checked(lib().bpf_object__btf(self._handle), f"BTF of {self.name}"))

    def check_abi(self) -> None:
        """Compare every shared struct with :mod:`bench.abi`.

        Raises:
            BenchError: A struct differs; the detail lists each difference.
        """
        btf = self.btf()
        for name, dtype in abi.STRUCTS.items():
            found = btf.struct(name)
            if found is None:
                continue
            differences = abi.mismatches(dtype, found.size, found.members)
            if differences:
                raise BenchError(
                    f"struct {name} of {self.name} differs from bench/abi.py",
                    remedy="Change bpf/timerbench.h and bench/abi.py together",
                    detail="\n".join(differences),
                )

    def load(self) -> None:
        """Create maps and load programs.

        Raises:
            KernelRefusedError: With errno and, as detail, libbpf's and the verifier's log.
        """
        self.check_abi()
        with collected_messages() as messages:
            result = lib().bpf_object__load(self._handle)
            if result < 0:
                raise self._refused("load", -result, messages)

    def attach(self, program: str, *, cgroup: Path | None = None) -> None:
        """Attach by the program's own type, or to a cgroup; detached by :meth:`detach`.

        Raises:
            KernelRefusedError: The kernel refused the attachment.
        """
        handle = self._program(program)
        with collected_messages() as messages:
            link = self._attach_cgroup(handle, cgroup) if cgroup else self._attach(handle)
            if not link:
                raise self._refused(f"attach {program} of", c.get_errno(), messages)
        self._links.append(link)

    def _attach(self, handle: int) -> int | None:
        found: int | None = lib().bpf_program__attach(handle)
        return found

    def _attach_cgroup(self, handle: int, cgroup: Path) -> int | None:
        fd = os.open(cgroup, os.O_RDONLY | os.O_DIRECTORY)
        try:
            found: int | None = lib().bpf_program__attach_cgroup(handle, fd)
            return found
        finally:
            os.close(fd)

    def detach(self) -> None:
        """Destroy all links of this object."""
        while self._links:
            lib().bpf_link__destroy(self._links.pop())

    def run(self, program: str, argument: np.ndarray[tuple[int, ...], np.dtype[np.void]]) -> int:
        """Run a ``syscall`` program once; ``argument`` (shape (1,)) is read and written.

        Returns:
            The program's return value.

        Raises:
            KernelRefusedError: The kernel would not run it.
        """
        options = TestRunOpts(
            sz=c.sizeof(TestRunOpts),
            ctx_in=argument.ctypes.data,
            ctx_size_in=argument.dtype.itemsize,
        )
        fd = int(lib().bpf_program__fd(self._program(program)))
        result = int(lib().bpf_prog_test_run_opts(fd, c.byref(options)))
        if result < 0:
            raise self._refused(f"run {program} of", -result, [])
        return c.c_int32(options.retval).value

    def _refused(self, action: str, code: int, messages: list[str]) -> KernelRefusedError:
        problem = f"the kernel refused to {action} {self.name}: {os.strerror(code)} ({code})"
        remedy = FORBIDDEN if code == errno.EPERM else DOCTOR
        return KernelRefusedError(problem, errno=code, remedy=remedy, detail="".join(messages))
