from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Tree = Callable[[dict[str, str]], Path]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Makes a root folder of files: path -> content."""

    def make(files: dict[str, str]) -> Path:
        for path, content in files.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(content)
        return tmp_path

    return make


@pytest.fixture
def cpu_tree(tree: Tree) -> Callable[..., Path]:
    """Makes a root folder that tells about CPUs; ``nohz_full`` None = no such file."""

    def make(
        *, possible: str, online: str, allowed: str, isolated: str = "", nohz_full: str | None = ""
    ) -> Path:
        folder = "sys/devices/system/cpu"
        files = {
            f"{folder}/possible": f"{possible}\n",
            f"{folder}/online": f"{online}\n",
            f"{folder}/isolated": f"{isolated}\n",
            "proc/thread-self/status": f"Name:\tbench\nCpus_allowed_list:\t{allowed}\n",
        }
        if nohz_full is not None:
            files[f"{folder}/nohz_full"] = f"{nohz_full}\n"
        return tree(files)

    return make
