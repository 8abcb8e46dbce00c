"""A wheel says which code it is: the same as the checkout that it was made of."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

from bench.identity import PACKAGE, git_state, identity

CHECKOUT = PACKAGE.parent


def test_a_wheel_has_the_same_identity_as_its_checkout(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir"]
    subprocess.run([*command, tmp_path, CHECKOUT], check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    assert identity(tmp_path / "site" / "bench") == identity()
    assert git_state(tmp_path / "site") == (None, None), "so its commit is what was built in"
