"""What a wheel has beside the sources; hatchling calls it (``pyproject.toml``).

Which commit it was made of; what is compiled, so that hosts need no compiler, where
``$BENCH_OBJECTS`` names a folder of it; man pages and completion, where ``$BENCH_SHARE`` names
one of these (``make dist``).
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WheelHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds them; the checkout stays as it is."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Ask git, and have the answer packed; an editable one is the checkout itself."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        try:
            from bench.identity import BUILT, git_state
        finally:
            sys.path.remove(self.root)
        commit, dirty = git_state(Path(self.root))
        self._folder = tempfile.TemporaryDirectory()
        built = Path(self._folder.name) / BUILT
        built.write_text(json.dumps({"git_commit": commit, "git_dirty": dirty}) + "\n")
        build_data["force_include"][str(built)] = f"bench/{BUILT}"
        if objects := os.environ.get("BENCH_OBJECTS"):
            build_data["force_include"][str(Path(objects).resolve(strict=True))] = "bench/_objects"
        if share := os.environ.get("BENCH_SHARE"):
            build_data["shared_data"][str(Path(share).resolve(strict=True))] = "share"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Forget the file."""
        if version != "editable":
            self._folder.cleanup()
