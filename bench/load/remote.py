"""A load generator on another host, started through OpenSSH and steered over its pipes.

Nothing listens for commands: the generator reads them from its standard input, as on this host.
What runs there is decided there, by the command that the key's line in ``authorized_keys`` forces;
the words sent here say only which side of the load is wanted. See docs/fleet.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bench.errors import UsageError, quoted

KNOWN_HOSTS = "known_hosts"
CONNECT_S = 10
"""Longest wait for a load host that does not answer at all."""
ALIVE_S = 5
"""Without an answer for three times as long, ssh gives up, and the generator's input ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadHost:
    """Where the client side of the load runs.

    Attributes:
        destination: ``user@host`` or ``ssh://user@host:port``, for ssh(1).
        identity: File of the private key.
        addresses: Numeric addresses of this host that the load host connects to.
    """

    destination: str
    identity: Path
    addresses: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse what ssh would misread or could not use.

        Raises:
            UsageError: Naming the value.
        """
        if self.destination.startswith("-") or not self.destination.strip():
            raise UsageError(f"{quoted(self.destination)} is not a host", remedy="Write user@host")
        if not self.identity.is_file():
            raise UsageError(
                f"there is no key {self.identity}", remedy="Make one: ssh-keygen -t ed25519"
            )
        if not self.addresses:
            raise UsageError(
                "the load host does not know where to connect to",
                remedy="Name this host's numeric addresses",
            )

    @property
    def name(self) -> str:
        """The host without its user and port, as records name it."""
        if self.destination.startswith("ssh://"):
            return urlsplit(self.destination).hostname or self.destination
        return self.destination.rpartition("@")[2]

    def command(self, role: str) -> list[str]:
        """What starts the generator there.

        A file ``known_hosts`` beside the key, if there is one, is the only one trusted.
        """
        known = self.identity.with_name(KNOWN_HOSTS)
        options = [
            "BatchMode=yes",
            "IdentitiesOnly=yes",
            "StrictHostKeyChecking=yes",
            "ControlPath=none",
            f"ConnectTimeout={CONNECT_S}",
            f"ServerAliveInterval={ALIVE_S}",
            *([f"UserKnownHostsFile={known}"] if known.is_file() else []),
        ]
        words = [word for option in options for word in ("-o", option)]
        return ["ssh", "-T", "-i", str(self.identity), *words, "--", self.destination, role]
