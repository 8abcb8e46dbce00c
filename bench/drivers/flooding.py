"""The packet flood as an activity of a trial."""

from __future__ import annotations

from bench.flood.flood import Flood, FloodPlan
from bench.host.veth import VethPair
from bench.libbpf.maps import BpfMap
from bench.resources import Resource


class FloodActivity(Resource):
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
