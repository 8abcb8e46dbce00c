from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.fleet.read import FLEET_FILE, read_file


def written(folder: Path, host: str) -> Path:
    whole = {"format": 1, "fleet_id": "f", "started": "", "finished": None, "sweep": "quick"}
    file = folder / FLEET_FILE
    file.write_text(json.dumps(whole | {"hosts": {host: {}}}))
    return file


@pytest.mark.parametrize("host", ["../x", "/etc", "a/b", "..", ".", "", "a\0", "a" * 256])
def test_a_host_whose_name_would_be_a_path_is_refused(host: str, tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="which no folder can have as its name"):
        read_file(written(tmp_path, host))


@pytest.mark.parametrize("host", ["web1", "10.0.0.1", "fd00::1", "web 1", "..web", "<b>"])
def test_other_names_are_hosts(host: str, tmp_path: Path) -> None:
    assert list(read_file(written(tmp_path, host)).hosts) == [host]
