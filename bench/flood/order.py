"""In which order a flood takes its flows: in turn, or drawn at random. Pure."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bench import abi
from bench.programs.flooding import FlowOrder

STEPS = 1 << 16
"""Entries of the table ``draws`` of bpf/flood.bpf.c; each is drawn equally often."""


def ranges(order: FlowOrder, flows: int) -> npt.NDArray[np.void]:
    """The flows that each step of a draw stands for, shape (STEPS,), dtype abi.FLOW_RANGE.

    ``zipf`` is Zipf's law with exponent 1, as flows of real links have about: the flow of rank k,
    from 1, has a share of log(1 + 1/k) / log(flows + 1), which is 1/k but for a constant. Its
    distribution function is log(k + 1) / log(flows + 1), so that a rank is drawn by its inverse.
    See Cunha, Bestavros and Crovella, *Characteristics of WWW Client-based Traces*, 1995.
    """
    shares = np.arange(STEPS + 1) / STEPS
    if order is FlowOrder.ZIPF:
        edges = np.floor((flows + 1.0) ** shares) - 1
    else:
        edges = np.floor(flows * shares)
    edges[-1] = flows
    made = np.zeros(STEPS, dtype=abi.FLOW_RANGE)
    made["first"] = np.minimum(edges[:-1], flows - 1)
    made["count"] = np.maximum(edges[1:] - edges[:-1], 1)
    return made
