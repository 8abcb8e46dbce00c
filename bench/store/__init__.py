"""Result files: the one doorway to ``results/<run-id>/``."""

from bench.store.disk import check_writable, locked, write_atomically
from bench.store.run_folder import RunFolder, make_folder, new_run_id, now_utc
from bench.store.run_format import KNOWN_FORMATS, Trials, schemas

__all__ = [
    "KNOWN_FORMATS",
    "RunFolder",
    "Trials",
    "check_writable",
    "locked",
    "make_folder",
    "new_run_id",
    "now_utc",
    "schemas",
    "write_atomically",
]
