"""What trials of a run share: load processes, observers, memory reserve, host facts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from bench.drivers.environment import Environment
from bench.drivers.pace import SeedingPace
from bench.drivers.timer_memory import (
    check_map,
    check_memory,
    reserve_need,
    slab_object,
)
from bench.host.changes import Change
from bench.host.cpus import find_cpus
from bench.host.drops import load_risks
from bench.host.fingerprint import Watch
from bench.host.firewall import firewall_risks
from bench.host.idle_account import IdleAccount, find_idle_account
from bench.host.ksoftirqd import find_ksoftirqd
from bench.host.mounts import find_mounts
from bench.host.netns import own_cookie
from bench.host.realtime import busy_realtime
from bench.host.reserve import MemoryReserve
from bench.host.tracers import tracers
from bench.host.veth import VethPair
from bench.load.controller import Load, LoadHost
from bench.observers.base import Observer
from bench.observers.registry import make_observer
from bench.programs.base import Place
from bench.programs.registry import find
from bench.record import Reserve
from bench.resources import Resource
from bench.spec import AddressFamily, Cell, Engine, ObserverName
from bench.trial.witness import Witness

TRACED = "{}, which makes what is measured dearer: stop it for good figures"
BUSY = "{}, which nothing that is measured can interrupt: stop it for good figures"


class Rig(Resource):
    """Everything that outlives a trial; a context manager that leaves nothing behind."""

    def __init__(
        self,
        cells: Sequence[Cell],
        load_host: LoadHost | None = None,
        host: Mapping[str, Any] | None = None,
        idle: IdleAccount | None = None,
        varied: Collection[str] = (),
    ) -> None:
        """Find out about the host; nothing is started or reserved yet.

        Args:
            cells: What will be measured.
            load_host: Another host to generate the load; None = this one.
            host: Fingerprint of this host when the run began; None = as it is now.
            idle: Account of idle time; None = that of this host.
            varied: Facts that the run itself changes, which are no drift.

        Raises:
            BenchError: No BTF, or no ksoftirqd to be found.
        """
        self.ksoftirqd: Mapping[int, int] = find_ksoftirqd()
        self.cpus = tuple(sorted(self.ksoftirqd))
        self.usable = find_cpus().usable
        self._watch = Watch.begin(host).without(varied)
        self.witness = Witness()
        self.refused_hooks: dict[str, str] = {}
        self._cells = cells
        self._idle = idle
        self._shape = slab_object()
        self._reserve = MemoryReserve(self._shape)
        self._reserve_reason = "not probed"
        self._load: Load | None = None
        self._load_host = load_host
        self._observers: dict[ObserverName, Observer] = {}
        self._running: Observer | None = None
        self._paces: dict[Engine, SeedingPace] = {}

    def _open(self) -> None:
        """Check that the largest cell fits, and reserve memory if this kernel needs it."""
        self._held.enter_context(self.witness)
        self._held.callback(self._stop_observer)
        self._held.callback(self.drop_load)
        self._held.enter_context(self._reserve)
        self._prepare_memory()
        self._warm_up()

    def environment(
        self, load: Load | None, veth: VethPair | None, seed: int, engine: Engine
    ) -> Environment:
        """What programs need to know of the host and of the trial's site.

        How long an entry takes to arm is another time for each engine.
        """
        return Environment(
            cpus=self.usable,
            ksoftirqd=self.ksoftirqd,
            ports=load.ports if load else (),
            load_cpus=tuple(load.cpus["client"]) if load and not load.client_host else self.usable,
            cgroup=find_mounts().cgroup2,
            veth=veth,
            seed=seed,
            netns_cookie=own_cookie(),
            pace=self._paces.setdefault(engine, SeedingPace()),
        )

    def load(self) -> Load:
        """The load processes, started on first use and after :meth:`drop_load`."""
        if self._load is None:
            load = Load(client_on=self._load_host)
            load.__enter__()
            self._load = load
        return self._load

    def drop_load(self) -> None:
        """End the load processes."""
        if self._load is not None:
            load, self._load = self._load, None
            load.close()

    def observer(self, name: ObserverName) -> Observer:
        """The running observer of this name; another one is stopped first."""
        wanted = self._observers.get(name)
        if wanted is None:
            wanted = self._observers[name] = make_observer(name, self.ksoftirqd)
        if self._running is not wanted:
            self._stop_observer()
            wanted.start()
            self._running = wanted
        return wanted

    def _stop_observer(self) -> None:
        if self._running is not None:
            observer, self._running = self._running, None
            observer.stop()

    @property
    def idle(self) -> IdleAccount:
        """Idle time of the CPUs."""
        return self._idle or find_idle_account()

    def drifted(self) -> list[Change]:
        """Host facts that changed since the run began."""
        return self._watch.drifted()

    def settle_memory(self, cell: Cell) -> None:
        """Wait until the memory of earlier trials' timers can be used for this cell.

        Raises:
            BenchError: What the host has left by now is too little for it.
        """
        program = find(cell.program)
        self._reserve.settle(program.objects(cell))
        if self._reserve.objects:  # The timers' memory is held already.
            check_map(program, cell)
        else:
            check_memory(program, cell, self._shape, reserved=False)

    def reserve_record(self) -> Reserve:
        """What the record says about the reserve."""
        return Reserve(
            used=self._reserve.objects > 0,
            reason=self._reserve_reason,
            objects=self._reserve.objects,
            object_bytes=self._shape.cache_bytes,
            seconds=round(self._reserve.seconds, 3),
        )

    def _warm_up(self) -> None:
        """Start what is slow to start before the first trial, and try what is tried once."""
        assert self.idle
        for cell in self._cells:
            if cell.has_load and find(cell.program).place is Place.HERE:
                self.load().require(cell.ip or AddressFamily.BOTH)
        for name in dict.fromkeys(cell.observer for cell in reversed(self._cells)):
            if name is ObserverName.AUTO or name is self._cells[0].observer:
                self.observer(name)

    def remarks(self) -> list[str]:
        """What the user should be told of this set-up, once it is open."""
        said = [observer.remark for observer in self._observers.values() if observer.remark]
        here = [c for c in self._cells if c.has_load and find(c.program).place is Place.HERE]
        rate_hz = max((c.load_hz or 0 for c in here), default=0)
        risks = [*load_risks(rate_hz), *firewall_risks()] if here else []
        tracing = map(TRACED.format, tracers())
        return [*said, *risks, *map(BUSY.format, busy_realtime()), *tracing]

    def _prepare_memory(self) -> None:
        self._check_memory(reserved=False)
        need = reserve_need(Environment(self.usable, self.ksoftirqd))
        self._reserve_reason = need.reason
        if need.needed:
            self._check_memory(reserved=True)
            objects = (find(cell.program).objects(cell) for cell in self._cells)
            self._reserve.grow(max(objects, default=0))

    def _check_memory(self, *, reserved: bool) -> None:
        for cell in self._cells:
            check_memory(find(cell.program), cell, self._shape, reserved=reserved)
