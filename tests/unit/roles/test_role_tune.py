"""What is tuned is what was asked for, and what is put back is what was found first."""

from __future__ import annotations

import fcntl
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
        "cpu/online": "0-3\n",
        "irq/24/smp_affinity_list": "0-3\n",
        "irq/25/smp_affinity_list": "0,1\n",
        "kernel/timer_migration": "1\n",
        "boot_id": "this boot\n",
        "vmlinux": "",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    monkeypatch.setattr(module, "CPUS", tmp_path / "cpu")
    monkeypatch.setattr(module, "IRQS", tmp_path / "irq")
    monkeypatch.setattr(module, "SYSCTLS", tmp_path / "kernel")
    monkeypatch.setattr(module, "BOOT", tmp_path / "boot_id")
    monkeypatch.setattr(module, "GLANCE_S", 0.0)
    monkeypatch.setattr(module, "LOCKED", tmp_path / "vmlinux")
    return module


def host(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "tuned.json"]
    return {str(path.relative_to(folder)): path.read_text().strip() for path in files}


def test_what_is_asked_for_is_set_and_put_back(tune: ModuleType, tmp_path: Path) -> None:
    state, before = tmp_path / "tuned.json", host(tmp_path)
    answer = tune.tune(state, WISHES, only_try=False)
    assert len(answer["changed"]) == 3  # Interrupt 25 and state 0 are as they should be.
    assert (answer["left"], answer["wrong"]) == ([], [])
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
    assert [text.rpartition(": ")[2] for text in answer["left"]] == ["Input/output error"]
    assert answer["wrong"] == []
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


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("governor", "Performance!"),
        ("idle_latency_us", "-5"),
        ("idle_latency_us", "soon"),
        ("irq_cpus", "none"),
        ("irq_cpus", "3-1"),
        ("irq_cpus", "0-99999999999"),
        ("timer_migration", 7),
        ("bpf_stats", "maybe"),
        ("ksoftirqd", "fifo"),
        ("ksoftirqd", "fifo:500"),
        ("ksoftirqd", "fifo:0"),
        ("ksoftirqd", "batch:1"),
        ("ksoftirqd", "other:x"),
        ("ksoftirqd", {"policy": "fifo"}),
    ],
)
def test_a_value_that_no_kernel_takes_is_refused_by_name(
    name: str, value: object, tune: ModuleType, tmp_path: Path
) -> None:
    before = host(tmp_path)
    for words in (("check",), ("set", str(tmp_path / "tuned.json")), ("try", "state")):
        (problem,) = tune.answer_to(words[0], [*words[1:], json.dumps({name: value})])["wrong"]
        assert problem.startswith(f"tune_{name} is {str(value)!r}; it must be ")
    assert host(tmp_path) == before


@pytest.mark.parametrize(
    ("value", "kernel"),
    [(True, "1"), ("yes", "1"), ("True", "1"), (1, "1"), (False, "0"), ("no", "0"), ("0", "0")],
)
def test_a_switch_takes_what_people_type(value: object, kernel: str, tune: ModuleType) -> None:
    assert tune.checked({"bpf_stats": value}) == {"bpf_stats": kernel}


@pytest.mark.parametrize("value", ["fifo:1", "rr:99", "other:-20", "other:19"])
def test_a_scheduling_that_there_is_is_accepted(value: str, tune: ModuleType) -> None:
    assert tune.checked({"ksoftirqd": value}) == {"ksoftirqd": value}


def test_a_setting_that_the_host_does_not_have_is_a_failure_that_names_it(
    tune: ModuleType, tmp_path: Path
) -> None:
    state = tmp_path / "tuned.json"
    (problem,) = tune.answer_to("set", [str(state), json.dumps({"bpf_stats": "1"}), ""])["wrong"]
    assert "tune_bpf_stats: this host has no /proc/sys/kernel/bpf_stats_enabled" in problem


def test_a_failure_leaves_nothing_changed(
    tune: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = tune.write

    def refusing(name: str, value: str) -> None:
        if "governor" in name:
            raise OSError(22, "Invalid argument")
        write(name, value)

    monkeypatch.setattr(tune, "write", refusing)
    state, before = tmp_path / "tuned.json", host(tmp_path)
    wishes = json.dumps({"irq_cpus": "1", "governor": "nosuch"})
    (problem,) = tune.answer_to("set", [str(state), wishes, "fleet"])["wrong"]
    assert "scaling_governor refuses nosuch: Invalid argument" in problem
    assert host(tmp_path) == before
    assert not state.exists()


def test_a_cpu_that_is_not_online_is_refused_by_name(tune: ModuleType, tmp_path: Path) -> None:
    before = host(tmp_path)
    for value in ("99", "0,99"):
        wishes = json.dumps({"irq_cpus": value})
        (problem,) = tune.answer_to("set", [str(tmp_path / "tuned.json"), wishes, ""])["wrong"]
        assert problem == f"tune_irq_cpus is {value!r}; CPUs that are online here: 0-3"
    assert host(tmp_path) == before


def test_interrupts_that_are_right_already_are_not_missed(
    tune: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interrupt 25 is as it should be; 24 cannot be moved."""

    def refusing(name: str, value: str) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(tune, "write", refusing)
    answer = tune.tune(tmp_path / "tuned.json", {"irq_cpus": "0-1"}, only_try=False)
    assert (len(answer["left"]), answer["wrong"]) == (1, [])


def test_interrupts_of_which_none_can_be_moved_are_a_failure(
    tune: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusing(name: str, value: str) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(tune, "write", refusing)
    answer = tune.tune(tmp_path / "tuned.json", {"irq_cpus": "2"}, only_try=False)
    assert "refuses 2" in answer["wrong"][0]


def test_an_interrupt_that_is_gone_is_not_put_back(tune: ModuleType, tmp_path: Path) -> None:
    state = tmp_path / "tuned.json"
    tune.tune(state, {"irq_cpus": "1"}, only_try=False)
    (tmp_path / "irq/24/smp_affinity_list").unlink()
    assert tune.answer_to("restore", [str(state)])["wrong"] == []
    assert not state.exists()


def test_another_owner_neither_changes_nor_restores(tune: ModuleType, tmp_path: Path) -> None:
    state = tmp_path / "tuned.json"
    tune.answer_to("set", [str(state), json.dumps({"governor": "performance"}), "first"])
    tuned = host(tmp_path)
    wishes = json.dumps({"governor": "schedutil"})
    (problem,) = tune.answer_to("set", [str(state), wishes, "second"])["wrong"]
    assert "this host is tuned for first" in problem
    answer = tune.answer_to("restore", [str(state), "second"])
    assert answer == {"changed": [], "left": [], "wrong": []}
    assert host(tmp_path) == tuned and state.exists()
    assert tune.answer_to("restore", [str(state), "first"])["wrong"] == []
    assert not state.exists()


def test_whoever_waited_for_the_lock_sees_what_was_tuned_meanwhile(
    tune: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else its own tuning would take the first one's values for those of the host."""
    state, plain = tmp_path / "tuned.json", tune.lock
    found = host(tmp_path)

    def late(*words: object) -> object:
        monkeypatch.setattr(tune, "lock", plain)
        wishes = json.dumps({"governor": "performance"})
        assert tune.answer_to("set", [str(state), wishes, "first"])["wrong"] == []
        return plain(*words)

    monkeypatch.setattr(tune, "lock", late)
    wishes = json.dumps({"governor": "schedutil"})
    (problem,) = tune.answer_to("set", [str(state), wishes, "second"])["wrong"]
    assert "this host is tuned for first" in problem
    assert tune.answer_to("restore", [str(state), "first"])["wrong"] == []
    assert host(tmp_path) == found


def test_nothing_is_touched_while_the_host_measures(tune: ModuleType, tmp_path: Path) -> None:
    state = tmp_path / "tuned.json"
    tune.answer_to("set", [str(state), json.dumps({"governor": "performance"}), "first"])
    tuned = host(tmp_path)
    with (tmp_path / "vmlinux").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        refuses_to_touch(tune, state)
        assert host(tmp_path) == tuned and state.exists()
        assert tune.answer_to("force", [str(state)])["wrong"] == []
    assert not state.exists()


def refuses_to_touch(tune: ModuleType, state: Path) -> None:
    (problem,) = tune.answer_to("restore", [str(state)])["wrong"]
    assert "this host is measuring" in problem
    wishes = json.dumps({"irq_cpus": "1"})
    (problem,) = tune.answer_to("set", [str(state), wishes, "first"])["wrong"]
    assert "another bench is measuring" in problem
    (problem,) = tune.answer_to("idle", [])["wrong"]
    assert "this host is measuring" in problem


def test_no_measurement_begins_while_something_is_changed(
    tune: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And two who look at once do not take each other for a measurement."""
    seen = []

    def write(name: str, value: str) -> None:
        with (tmp_path / "vmlinux").open() as other, pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        seen.append(name)
        Path(name).write_text(value)

    monkeypatch.setattr(tune, "write", write)
    state = tmp_path / "tuned.json"
    assert tune.answer_to("set", [str(state), json.dumps({"governor": "performance"})])["changed"]
    assert tune.answer_to("restore", [str(state)])["changed"]
    assert len(seen) == 2
    with (tmp_path / "vmlinux").open() as other:
        fcntl.flock(other, fcntl.LOCK_SH)
        assert not tune.measuring()


def test_what_was_put_back_or_changed_before_the_run_began_is_named(
    tune: ModuleType, tmp_path: Path
) -> None:
    state = tmp_path / "tuned.json"
    tuned = [str(state), json.dumps({"governor": "performance"}), "first"]
    assert tune.answer_to("set", tuned)["wrong"] == []
    asked = [str(state), "first"]
    assert tune.answer_to("verify", asked)["wrong"] == []
    governor = tmp_path / "cpu/cpu0/cpufreq/scaling_governor"
    governor.write_text("schedutil")
    (problem,) = tune.answer_to("verify", asked)["wrong"]
    assert "scaling_governor is schedutil, and was set to performance" in problem
    tune.answer_to("restore", [str(state)])
    (problem,) = tune.answer_to("verify", asked)["wrong"]
    assert "put back before it began" in problem
    assert tune.answer_to("set", [str(state), tuned[1], "second"])["wrong"] == []
    (problem,) = tune.answer_to("verify", asked)["wrong"]
    assert "put back before it began" in problem


def test_what_is_right_already_is_verified_too(tune: ModuleType, tmp_path: Path) -> None:
    """Nothing is changed then, but somebody may change it before the run begins."""
    state = tmp_path / "tuned.json"
    wishes = json.dumps({"governor": "powersave"})
    assert tune.answer_to("set", [str(state), wishes, "first"])["changed"] == []
    (tmp_path / "cpu/cpu0/cpufreq/scaling_governor").write_text("performance")
    assert tune.answer_to("verify", [str(state), "first"])["wrong"]


def test_a_state_file_that_is_corrupted_is_named(tune: ModuleType, tmp_path: Path) -> None:
    state = tmp_path / "tuned.json"
    state.write_text('{"boot_id": ')
    (problem,) = tune.answer_to("restore", [str(state)])["wrong"]
    assert problem.startswith(f"{state} is corrupted")


def test_the_answer_stands_between_marks(
    tune: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tune.sys, "argv", ["tune.py", "check", "{}"])
    assert tune.main() == 0
    answer = capsys.readouterr().out.strip().removeprefix("<<<tune ").removesuffix(" tune>>>")
    assert json.loads(answer) == {"changed": [], "left": [], "wrong": []}
