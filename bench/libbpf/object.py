"""A CO-RE object: open, configure, load, attach, run. Closing it removes everything."""

from __future__ import annotations

import ctypes as c
import errno
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np

from bench import abi
from bench.errors import BenchError, KernelRefusedError, errno_text
from bench.libbpf import tc
from bench.libbpf.btf import Btf
from bench.libbpf.ffi import (
    LinkCreateOpts,
    TestRunOpts,
    checked,
    collected_messages,
    lib,
    zero,
)
from bench.libbpf.maps import BpfMap
from bench.libbpf.refusal import refused
from bench.resources import Resource

BPF_XDP = 37
"""``enum bpf_attach_type`` of include/uapi/linux/bpf.h."""
BPF_F_TEST_XDP_LIVE_FRAMES = 2
XDP_FLAGS_SKB_MODE = 2
XDP_FLAGS_DRV_MODE = 4
"""include/uapi/linux/if_link.h."""
FRAME_BATCH = 64
"""Frames made at once by :meth:`BpfObject.run_frames`, as one poll of a driver would."""


Within = Callable[[], AbstractContextManager[None]]
"""Puts the calling thread somewhere while a block runs."""


class BpfObject(Resource):
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
        self._link_fds: list[int] = []
        self._classifiers: list[tuple[int, Within]] = []
        self._maps: dict[str, BpfMap] = {}
        with collected_messages() as messages:
            handle = lib().bpf_object__open_file(str(path).encode(), None)
            if not handle:
                reason = errno_text(c.get_errno())
                raise BenchError(f"cannot open {path}: {reason}", detail="".join(messages))
            self._handle: int | None = handle
            self._held.callback(self._release)

    def _release(self) -> None:
        """Detach, unmap and release; the kernel cancels what timers are left."""
        self.detach()
        for item in self._maps.values():
            item.unmap()
        self._maps.clear()
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

    def program_fd(self, name: str) -> int:
        """File descriptor of a loaded program; the object's, so duplicate it to keep it."""
        return int(lib().bpf_program__fd(self._program(name)))

    def btf_fd(self) -> int:
        """File descriptor of the object's BTF in the kernel; valid after loading."""
        return int(lib().bpf_object__btf_fd(self._handle))

    def set_program_type(self, name: str, kind: int, attach_type: int) -> None:
        """Set a program's type by number, for types that libbpf does not know by section."""
        handle = self._program(name)
        zero(lib().bpf_program__set_type(handle, kind), f"type of {name}")
        what = f"attach type of {name}"
        zero(lib().bpf_program__set_expected_attach_type(handle, attach_type), what)

    def set_attach_target(self, name: str, program_fd: int, function: str) -> None:
        """Let an extension program replace a function of a loaded program."""
        handle = self._program(name)
        result = lib().bpf_program__set_attach_target(handle, program_fd, function.encode())
        zero(result, f"target of {name}")

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
        for name in abi.STRUCTS:
            found = btf.struct(name)
            if found is None:
                continue
            differences = abi.differences(name, found.size, found.members)
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

    def attach_xdp(self, program: str, ifindex: int, *, generic: bool = False) -> None:
        """Attach to an interface of the calling thread's network namespace.

        Args:
            program: Name of the XDP program.
            ifindex: The interface.
            generic: In the network stack instead of in the interface's driver.

        Raises:
            KernelRefusedError: The kernel or the driver refused; there is no fallback to
                the other mode.
        """
        mode = XDP_FLAGS_SKB_MODE if generic else XDP_FLAGS_DRV_MODE
        options = LinkCreateOpts(sz=c.sizeof(LinkCreateOpts), flags=mode)
        fd = int(lib().bpf_program__fd(self._program(program)))
        with collected_messages() as messages:
            link = int(lib().bpf_link_create(fd, ifindex, BPF_XDP, c.byref(options)))
            if link < 0:
                raise self._refused(f"attach {program} of", -link, messages)
            self._link_fds.append(link)

    def attach_tc(self, program: str, ifindex: int, within: Within) -> None:
        """Attach a classifier to the ingress of an interface.

        Args:
            program: Name of the classifier.
            ifindex: The interface.
            within: Puts the calling thread into the interface's network namespace.

        Raises:
            KernelRefusedError: The kernel refused.
        """
        fd = int(lib().bpf_program__fd(self._program(program)))
        with collected_messages() as messages, within():
            result = tc.attach(fd, ifindex)
            self._classifiers.append((ifindex, within))
            if result < 0:
                raise self._refused(f"attach {program} of", -result, messages)

    def link_fds(self) -> list[int]:
        """File descriptors of the links; the object's, so duplicate them to keep them."""
        return [int(lib().bpf_link__fd(link)) for link in self._links]

    def detach(self) -> None:
        """Destroy all links of this object."""
        while self._classifiers:
            ifindex, within = self._classifiers.pop()
            with within():
                tc.remove(ifindex)
        while self._link_fds:
            os.close(self._link_fds.pop())
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
        result = int(lib().bpf_prog_test_run_opts(self.program_fd(program), c.byref(options)))
        if result < 0:
            raise self._refused(f"run {program} of", -result, [])
        return c.c_int32(options.retval).value

    def run_frames(self, program: str, frame: bytes, repeat: int) -> bool:
        """Run an XDP program on ``repeat`` frames that the kernel makes and really moves.

        A verdict to redirect or pass takes effect, in the network namespace of the calling
        thread. A frame keeps what the program wrote when the kernel uses its memory again.

        Returns:
            False if a signal ended it early.

        Raises:
            KernelRefusedError: The kernel would not run it.
        """
        data = c.create_string_buffer(frame, len(frame))
        options = TestRunOpts(
            sz=c.sizeof(TestRunOpts),
            data_in=c.addressof(data),
            data_size_in=len(frame),
            repeat=repeat,
            flags=BPF_F_TEST_XDP_LIVE_FRAMES,
            batch_size=FRAME_BATCH,
        )
        fd = int(lib().bpf_program__fd(self._program(program)))
        result = int(lib().bpf_prog_test_run_opts(fd, c.byref(options)))
        if result < 0 and result != -errno.EINTR:
            raise self._refused(f"run {program} of", -result, [])
        return result == 0

    def _refused(self, action: str, code: int, messages: list[str]) -> KernelRefusedError:
        return refused(action, self.name, code, "".join(messages))
