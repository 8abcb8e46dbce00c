"""Result files: the one doorway to ``results/<run-id>/``."""

from bench.store.disk import check_writable, write_atomically
from bench.store.run_folder import RunFolder, new_run_id, now_utc
from bench.store.run_format import KNOWN_FORMATS, Trials, schemas

__all__ = [
    "KNOWN_FORMATS",
    "RunFolder",
    "Trials",
    "check_writable",
    "new_run_id",
    "now_utc",
    "schemas",
    "write_atomically",
]
