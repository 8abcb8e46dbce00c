"""The hooks of ``bpf/watch/watch.bpf.c``: loaded, attached, and read without a system call."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack, suppress
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from bench import abi
from bench.errors import BenchError, KernelRefusedError, errno_text
from bench.host.cpus import find_cpus
from bench.host.ksoftirqd import find_ksoftirqd
from bench.libbpf import compiler, raw
from bench.libbpf.btf import vmlinux
from bench.libbpf.grace import wait_for_running
from bench.libbpf.object import BpfObject
from bench.resources import Resource
from bench.watch.counts import OTHER, Counts, Group, OwnCost
from bench.watch.deltas import Slot
from bench.watch.switches import REQUEST, Switches

SOURCE = "watch/watch.bpf.c"
MOST_GROUPS = 512
"""``MOST_GROUPS`` of watch.bpf.c."""
BUDGET_BYTES = 60 << 20
"""Of memory for counters; with the programs and tables that makes at most 64 MiB."""
START, EXPIRY = "hrtimer_start", "hrtimer_expire_entry"
HELPER = "bpf_timer_start"
RAW_TP = "RAW_TP"
"""What watch.bpf.c is compiled with for raw tracepoints."""
KEY_BYTES, VALUE_BYTES = abi.WATCH_KEY.itemsize, abi.WATCH_GROUP.itemsize


def groups_within(cpus: int, switches: Switches) -> int:
    """Groups that can be counted one by one, with that of all others, within the budget."""
    size = abi.WATCH_SLOT.itemsize + (abi.WATCH_RUNS.itemsize if switches.runs else 0)
    size += abi.WATCH_REQUESTS.itemsize if switches.requests else 0
    return max(2, min(MOST_GROUPS, BUDGET_BYTES // (size * cpus)))


class Hooks(Resource):
    """Attached from entering the block to its end; a killed process leaves nothing.

    Attributes:
        switches: What is watched: requests are not where this kernel refuses them.
        refused: Why raw tracepoints are used; None = programs by BTF are.
        requests_refused: Why requests are not watched although they were asked for.

    Raises:
        BenchError: They cannot be compiled, or this kernel lacks the tracepoint.
        KernelRefusedError: This kernel refused them.
    """

    _runs: npt.NDArray[np.void] | None
    _requests: npt.NDArray[np.void] | None

    def __init__(self, switches: Switches) -> None:
        """Remember what to watch."""
        self.switches = switches
        self.refused: str | None = None
        self.requests_refused: str | None = None
        self._known: dict[Group, Slot] = {}
        self._bases: dict[int, Slot] = {}
        self._left: dict[Group, Counts] = {}

    def _open(self) -> None:
        require_tracepoints()
        self._cpus = find_cpus().slots
        self._groups = groups_within(self._cpus, self.switches)
        self._object = self._loaded()
        self._view()
        for slot in range(1, self._groups):
            raw.push(self._object.map("unused").fd, slot.to_bytes(4, "little"))
        self._known[OTHER] = self._slot(0)
        self._attach()

    def _attach(self) -> None:
        for name in self.switches.programs:
            try:
                self._object.attach(name)
            except KernelRefusedError as error:
                if name != REQUEST:
                    raise
                self._forgo_requests(_answer(error))

    def _forgo_requests(self, reason: str) -> None:
        self.requests_refused = f"it needs fentry on {HELPER}, {reason}"
        self.switches = replace(self.switches, requests=False)

    def _loaded(self) -> BpfObject:
        """By BTF, which costs least; where that is refused, as raw tracepoints."""
        if self.switches.requests and not vmlinux().has_function(HELPER):
            self._forgo_requests("which this kernel's BTF does not have")
        try:
            return self._tried()
        except KernelRefusedError as error:
            first = error
        if self.switches.requests:
            self._forgo_requests(_answer(first))
            return self._loaded()
        try:
            found = self._tried(RAW_TP)
        except KernelRefusedError:
            raise first from None
        self.refused = first.problem
        return found

    def _tried(self, *defines: str) -> BpfObject:
        with ExitStack() as held:
            self._object = held.enter_context(BpfObject(compiler.compiled(SOURCE, defines)))
            self._configure()
            self._object.load()
            self._held.enter_context(held.pop_all())
        return self._object

    def _configure(self) -> None:
        wanted = self.switches
        places = self._cpus * self._groups
        self._object.load_only(wanted.programs)
        self._object.map("cpus").configure(entries=self._cpus)
        self._object.map("slots").configure(entries=places)
        self._object.map("runs").configure(entries=places if wanted.runs else 1)
        self._object.map("requests").configure(entries=places if wanted.requests else 1)
        has_armed = vmlinux().tracepoint_arguments(START) >= 3
        self._object.set_constants(
            {
                "sample": wanted.sample,
                "pair_requests": int(wanted.requests),
                "start_says_armed": int(has_armed),
                "now_is_pointer": int(vmlinux().tracepoint_takes_pointer(EXPIRY, 1)),
            }
        )

    def _view(self) -> None:
        shape = (self._cpus, self._groups)
        self._heads = self._object.map("cpus").view(abi.WATCH_CPU)
        self._slots = self._object.map("slots").view(abi.WATCH_SLOT).reshape(shape)
        self._runs = self._requests = None
        if self.switches.runs:
            self._runs = self._object.map("runs").view(abi.WATCH_RUNS).reshape(shape)
        if self.switches.requests:
            requests = self._object.map("requests")
            self._requests = requests.view(abi.WATCH_REQUESTS).reshape(shape)
        self._held.callback(self._drop_views)
        self._heads["first"] = np.arange(self._cpus) * self._groups
        for cpu, pid in find_ksoftirqd().items():
            self._heads["ksoftirqd_pid"][cpu] = pid

    def _drop_views(self) -> None:
        self._object.detach()
        self._known.clear()
        self._bases.clear()
        del self._heads, self._slots, self._runs, self._requests

    def _slot(self, number: int) -> Slot:
        runs = None if self._runs is None else self._runs[:, number]
        requests = None if self._requests is None else self._requests[:, number]
        return Slot(number, self._slots[:, number], runs, requests)

    def _meet(self) -> None:
        """Find the groups that have come since."""
        for key, value in raw.elements(self._object.map("groups").fd, KEY_BYTES, VALUE_BYTES):
            found = np.frombuffer(key, abi.WATCH_KEY)[0]
            where = np.frombuffer(value, abi.WATCH_GROUP)[0]
            slot = int(where["slot"])
            group = Group(int(found["map"]), int(where["program"]), int(found["callback"]))
            if group not in self._known:
                # A slot that was another's before goes on from where that one was read last.
                before = self._bases.pop(slot, None)
                self._known[group] = before or self._slot(slot)

    def read(self) -> dict[Group, Counts]:
        """What was counted since the last time, by group; those of ``OTHER`` together."""
        self._meet()
        left, self._left = self._left, {}
        found = {group: slot.read() for group, slot in self._known.items()}
        for group, counts in left.items():
            found[group] = found.get(group, Counts()) + counts
        return found

    def release(self, groups: Iterable[Group]) -> None:
        """Give the counters of groups to others, unless something of a group is unsettled.

        What came since they were read is in the next reading.
        """
        unsettled = self._heads["taken_off_slot"][self._heads["taken_off"] != 0]
        known = [group for group in groups if group in self._known]
        given = [group for group in known if self._known[group].number not in unsettled]
        if not given:
            return
        for group in given:
            key = np.array((group.callback, group.map_id, 0), abi.WATCH_KEY).tobytes()
            with suppress(OSError):  # Gone already.
                raw.delete(self._object.map("groups").fd, key)
        # No CPU may find a slot as the old group's any more, and then none may still count there.
        wait_for_running()
        for name in ("callback", "map"):
            self._heads[name] = 0
        wait_for_running()
        for group in given:
            slot = self._known.pop(group)
            self._left[group] = slot.read()
            self._bases[slot.number] = slot
            raw.push(self._object.map("unused").fd, slot.number.to_bytes(4, "little"))

    def own_cost(self) -> OwnCost:
        """What the hooks took since they were attached."""
        heads = self._heads
        return OwnCost(*(int(heads[name].sum()) for name in ("events", "timed", "timed_ns")))

    @property
    def memory_bytes(self) -> int:
        """Of all counters."""
        tables = (self._heads, self._slots, self._runs, self._requests)
        return sum(table.nbytes for table in tables if table is not None)


def _answer(error: KernelRefusedError) -> str:
    return f"which this kernel refuses: {errno_text(error.errno)} ({error.errno})"


def require_tracepoints() -> None:
    """Refuse clearly where the kernel has nothing to attach to.

    Raises:
        BenchError: It has no BTF, or no such tracepoint.
    """
    if not vmlinux().has_tracepoint(EXPIRY):
        raise BenchError(
            "this kernel has no tracepoint hrtimer_expire_entry",
            remedy="Boot a kernel built with CONFIG_TRACEPOINTS=y, such as the distribution's",
        )
