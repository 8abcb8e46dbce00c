from __future__ import annotations

from pathlib import Path

import pytest
import yaml

import bench
from bench import installation as module
from bench.installation import Installation, installation, remedy

CHECKOUT = Path(bench.__file__).resolve().parent.parent


def made(root: Path, *files: str) -> Path:
    for name in files:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("")
    return root


def test_a_folder_with_the_playbooks_is_a_checkout(tmp_path: Path) -> None:
    folder = made(tmp_path, "playbooks/provision.yml", "bench/__init__.py")
    assert installation(folder / "bench", folder / ".venv") is Installation.CHECKOUT


def test_what_a_controller_installed_is_of_a_fleet(tmp_path: Path) -> None:
    """The folder need not be /opt/bpf-timer-bench: it is a variable of the role."""
    folder = made(tmp_path, "venv/lib/python3/site-packages/bench/__init__.py", "installed.json")
    package = folder / "venv/lib/python3/site-packages/bench"
    assert installation(package, folder / "venv") is Installation.FLEET


def test_anything_else_is_a_wheel(tmp_path: Path) -> None:
    folder = made(tmp_path, "lib/python3/site-packages/bench/__init__.py")
    assert installation(folder / "lib/python3/site-packages/bench", folder) is Installation.WHEEL


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        (Installation.FLEET, "playbooks/provision.yml, or only run `apt-get install x`"),
        (Installation.WHEEL, "Run `apt-get install x`"),
    ],
)
def test_without_a_checkout_nobody_is_sent_to_make(
    how: Installation, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "installation", lambda: how)
    text = remedy("apt-get install x")
    assert text.endswith(expected) and "make" not in text


def test_in_the_checkout_make_setup_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "installation", lambda: Installation.CHECKOUT)
    monkeypatch.chdir(CHECKOUT)
    assert remedy("apt-get install x") == "Run `make setup`, or only `apt-get install x`"


def test_elsewhere_make_is_told_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "installation", lambda: Installation.CHECKOUT)
    monkeypatch.chdir(tmp_path)
    assert remedy("x") == f"Run `make -C {CHECKOUT} setup`, or only `x`"


def test_only_one_place_advises_make_setup() -> None:
    package = CHECKOUT / "bench"
    found = [path.name for path in package.rglob("*.py") if "make setup" in path.read_text()]
    assert found == [], "bench.installation.remedy() gives the fitting advice"


def test_what_is_cited_is_this_version() -> None:
    cited = yaml.safe_load((CHECKOUT / "CITATION.cff").read_text())
    assert cited["version"] == bench.__version__
    assert cited["license"] == "GPL-2.0-only"
