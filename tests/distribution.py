"""What ``make dist`` makes of a checkout."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

VENV = Path(sys.prefix)


def made_by(checkout: Path, folder: Path, umask: int = 0o022) -> str:
    """Have a checkout's wheel and sdist made by this virtual environment; what was printed."""
    words = ["make", "dist", f"DIST={folder}", f"VENV={VENV}", f"--old-file={VENV}/.installed"]
    done = subprocess.run(
        words, cwd=checkout, capture_output=True, text=True, check=False, umask=umask
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
