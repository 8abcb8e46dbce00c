"""What is tuned is what was asked for, and what is put back is what was found first."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

WISHES = {"governor": "performance", "idle_latency_us": 10, "irq_cpus": "0-1"}


@pytest.fixture
def tune(
    script: Callable[[str], ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> ModuleType:
    """The script on a host made of files: a governor, two idle states, two interrupts."""
    module = script("tune/tune")
    for path, text in {
        "cpu/cpu0/cpufreq/scaling_governor": "powersave\n",
        "cpu/cpu0/cpuidle/state0/latency": "2\n",
        "cpu/cpu0/cpuidle/state0/disable": "0\n",
        "cpu/cpu0/cpuidle/state1/latency": "200\n",
        "cpu/cpu0/cpuidle/state1/disable": "0\n",
        "irq/24/smp_affinity_list": "0-3\n",
        "irq/25/smp_affinity_list": "0,1\n",
        "boot_id": "this boot\n",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    monkeypatch.setattr(module, "CPUS", tmp_path / "cpu")
    monkeypatch.setattr(module, "IRQS", tmp_path / "irq")
    monkeypatch.setattr(module, "BOOT", tmp_path / "boot_id")
    return module


def host(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "tuned.json"]
    return {str(path.relative_to(folder)): path.read_text().strip() for path in files}


def test_what_is_asked_for_is_set_and_put_back(tune: ModuleType, tmp_path: Path) -> None:
    state, before = tmp_path / "tuned.json", host(tmp_path)
    answer = tune.tune(state, WISHES, only_try=False)
    assert len(answer["changed"]) == 3  # Interrupt 25 and state 0 are as they should be.
    assert (answer["refused"], answer["wrong"]) == ([], [])
    now = host(tmp_path)
    assert now["cpu/cpu0/cpufreq/scaling_governor"] == "performance"
    assert now["cpu/cpu0/cpuidle/state1/disable"] == "1"
    assert now["irq/24/smp_affinity_list"] == "0-1"
    assert tune.restore(state)["wrong"] == []
    assert host(tmp_path) == before
    assert not state.exists()


def test_trying_changes_nothing(tune: ModuleType, tmp_path: Path) -> None:
    before = host(tmp_path)
    assert len(tune.tune(tmp_path / "tuned.json", WISHES, only_try=True)["changed"]) == 3
    assert host(tmp_path) == before
    assert not (tmp_path / "tuned.json").exists()


def test_the_first_value_found_is_the_one_to_go_back_to(tune: ModuleType, tmp_path: Path) -> None:
    state, before = tmp_path / "tuned.json", host(tmp_path)
    tune.tune(state, {"governor": "performance"}, only_try=False)
    tune.tune(state, {"governor": "schedutil", "irq_cpus": "2"}, only_try=False)
    tune.restore(state)
    assert host(tmp_path) == before


def test_a_second_time_nothing_is_changed(tune: ModuleType, tmp_path: Path) -> None:
    state = tmp_path / "tuned.json"
    tune.tune(state, WISHES, only_try=False)
    assert tune.tune(state, WISHES, only_try=False)["changed"] == []


def test_a_reboot_has_put_everything_back_already(tune: ModuleType, tmp_path: Path) -> None:
    state = tmp_path / "tuned.json"
    tune.tune(state, {"governor": "performance"}, only_try=False)
    (tmp_path / "boot_id").write_text("another boot\n")
    assert tune.restore(state)["changed"] == []
    assert host(tmp_path)["cpu/cpu0/cpufreq/scaling_governor"] == "performance"
    assert not state.exists()


def test_what_the_kernel_refuses_is_named_and_left(
    tune: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = tune.write

    def refusing(name: str, value: str) -> None:
        if "irq/24" in name:
            raise OSError(5, "Input/output error")
        write(name, value)

    monkeypatch.setattr(tune, "write", refusing)
    state = tmp_path / "tuned.json"
    answer = tune.tune(state, WISHES, only_try=False)
    assert [text.rpartition(": ")[2] for text in answer["refused"]] == ["Input/output error"]
    assert tune.restore(state)["wrong"] == []
    assert not state.exists()


def test_a_value_that_does_not_stay_is_wrong_and_the_state_file_is_kept(
    tune: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = tmp_path / "tuned.json"
    tune.tune(state, {"governor": "performance"}, only_try=False)
    monkeypatch.setattr(tune, "write", lambda name, value: None)
    assert "is performance after setting it to powersave" in tune.restore(state)["wrong"][0]
    assert json.loads(state.read_text())["found"]


def test_a_thread_is_read_as_the_kernel_schedules_it(tune: ModuleType) -> None:
    own = f"thread:{os.getpid()}"
    assert tune.read(own) == f"other:{os.getpriority(os.PRIO_PROCESS, 0)}"
