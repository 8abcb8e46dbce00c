"""The packet flood as the activity of a trial, and the options that describe it."""

from __future__ import annotations

from bench.flood.flood import Flood, FloodPlan
from bench.flood.frame import MAX_FLOWS
from bench.host.veth import VethPair
from bench.libbpf.maps import BpfMap
from bench.programs.option import Option, choice, count
from bench.resources import Resource
from bench.spec import Cell, OptionValue

AS_FAST_AS_IT_GOES = "max"
FASTEST_HZ = 5_000_000
"""Packets per second assumed for a flood as fast as it goes when memory is reserved."""
MOST_HZ = 10_000_000


def rate(value: object) -> OptionValue:
    """Packets per second such as ``100k``, 0 for no flood, or ``max``."""
    if value == AS_FAST_AS_IT_GOES:
        return AS_FAST_AS_IT_GOES
    try:
        return count(0, MOST_HZ)(value)
    except ValueError as error:
        raise ValueError(f"{error}; {AS_FAST_AS_IT_GOES} is as fast as it goes") from error


def packets_option(default: OptionValue) -> Option:
    """The rate of the flood."""
    meaning = "Synthetic packets per second, such as 100k; 0 is none, max as fast as it goes."
    return Option("packets_hz", meaning, default, rate)


FLOWS = Option("flows", "Distinct flows of the flood, taken in turn.", 10_000, count(1, MAX_FLOWS))
FAMILY = Option("packets_ip", "IP version of the flood.", "ipv4", choice("ipv4", "ipv6"))


def floods(cell: Cell) -> bool:
    """Whether there is a flood at all."""
    return cell.option("packets_hz") != 0


def rate_hz(cell: Cell) -> int | None:
    """Packets per second; None = as fast as it goes."""
    return None if cell.option("packets_hz") == AS_FAST_AS_IT_GOES else cell.number("packets_hz")


def fastest_hz(cell: Cell) -> int:
    """Packets per second at most, for estimates."""
    rate = rate_hz(cell)
    return FASTEST_HZ if rate is None else rate


class FloodDriver(Resource):
    """A flood that lasts from the arming to the end of the window."""

    def __init__(self, pair: VethPair, plan: FloodPlan, silenced: BpfMap | None = None) -> None:
        """Nothing is loaded yet; the arguments are those of :class:`Flood`."""
        self._flood = Flood(pair, plan, silenced)

    def _open(self) -> None:
        self._held.enter_context(self._flood)

    def start(self) -> None:
        """Begin to send."""
        self._flood.start()

    def counts(self) -> dict[str, int]:
        """Packets asked for, sent, kept back as silenced, and refused by the full ring."""
        seen = self._flood.progress()
        return {
            "packets_offered": seen.offered,
            "packets_sent": seen.sent,
            "packets_silenced": seen.skipped,
            "packets_dropped": seen.dropped,
        }

    def stop(self) -> None:
        """Send nothing more."""
        self._flood.stop()
