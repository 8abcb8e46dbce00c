"""Where a trial takes place: in this network namespace, or on a veth pair of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.host.veth import VethPair, veth_pair
from bench.load.controller import Load
from bench.programs.base import Place, Program
from bench.spec import Cell
from bench.trial.rig import Rig


@dataclass(frozen=True, slots=True)
class Site:
    """What a trial has beside its program.

    Attributes:
        load: Processes that make its connections, None for a cell without load.
        veth: The pair that it takes place on, None for a trial in this namespace.
    """

    load: Load | None
    veth: VethPair | None = None


@contextmanager
def site(rig: Rig, program: Program, cell: Cell) -> Iterator[Site]:
    """The site of one trial; namespaces, and the load within them, end with the block.

    Raises:
        BenchError: Namespaces or load processes cannot be made.
    """
    if program.place is Place.HERE:
        yield Site(rig.load() if cell.has_load else None)
        return
    with veth_pair() as pair:
        if not cell.has_load:
            yield Site(None, pair)
            return
        server, client = pair.server, pair.client
        with Load(
            hosts=server.hosts,
            allow=server.hosts,
            server_netns=server.namespace.path,
            client_netns=client.namespace.path,
        ) as load:
            yield Site(load, pair)
