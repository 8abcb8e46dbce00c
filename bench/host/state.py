"""``python -m bench.host.state``: is this host measuring, and whose measurement is it?

Prints one JSON object, at the price of starting Python: ``measuring``, and ``holder``, which is
null if nobody measures. For roles and scripts, which leave such a host alone.
"""

from __future__ import annotations

import json
from dataclasses import asdict

from bench.host.exclusive import measuring


def main() -> None:
    """Print it."""
    holder = measuring()
    print(json.dumps({"measuring": holder is not None, "holder": holder and asdict(holder)}))


if __name__ == "__main__":
    main()
