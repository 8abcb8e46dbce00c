"""``tc_gc``: the flow table of ``xdp_gc`` in the network stack, as proxies in tc have it."""

from __future__ import annotations

from typing import ClassVar

from bench.programs import flooding
from bench.programs.xdp_gc import XdpGc
from bench.spec.option import Option


class TcGc(XdpGc):
    """A flow table of TCP and UDP at the ingress of an interface."""

    name: ClassVar[str] = "tc_gc"
    meaning: ClassVar[str] = "a flow table in tc, a timer a flow, pushed back by each packet"
    source: ClassVar[str] = "tc_gc.bpf.c"
    xdp: ClassVar[str] = "pass_on"
    tc: ClassVar[str] = "track"
    options: ClassVar[tuple[Option, ...]] = (*XdpGc.options, flooding.PROTOCOL)
