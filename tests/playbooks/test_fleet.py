"""bench.yml on a real fleet: hosts in namespaces, over ssh, from bare to a report.

One lab for all tests, and few plays, because each takes half a minute: a test looks at one side
of what a play did.
"""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bench.fleet.read import read_fleet
from bench.identity import identity
from tests.external.loaded import TICK_NS, externals
from tests.playbooks.fleets import TUNED, settings, sweep_file
from tests.playbooks.lab import PLAY_S, SUTS, TEST_S, FleetOutcome, Lab, PlayInProgress
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(TEST_S)

ONE_OF_EACH = "sut1,load1"
PORTS = range(20_000, 20_008)
"""The server ports that the load chooses first."""
BASHRC = """
echo finished
echo /root
printf 'Welcome to sut2! {"changed": []} '
"""
"""What the shell of sut2's user prints before any command of ours."""
NOISE = """
import socket, sys, threading
ports = [int(port) for port in sys.argv[1:]]
servers = [socket.create_server(("", port), backlog=1024) for port in ports]
def serve(server):
    while True:
        server.accept()[0].close()
for server in servers:
    threading.Thread(target=serve, args=(server,), daemon=True).start()
made = 0
while True:
    socket.create_connection(("127.0.0.1", ports[made % len(ports)])).close()
    made += 1
    print(made, flush=True)
    threading.Event().wait(0.003)
"""


@contextmanager
def noise(made: Lab, host: str) -> Iterator[Path]:
    """Connections on a host to itself, on the ports that another host measures."""
    ports = [str(port) for port in PORTS]
    log = made.folder / "noise"
    with log.open("w") as file:
        command = made.inside(host, "/usr/bin/python3", "-c", NOISE, *ports)
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT)
    try:
        yield log
    finally:
        process.kill()
        process.wait()


@dataclass
class KeyWatch:
    """What could be seen of the key of a run while there was one."""

    modes: set[str] = field(default_factory=set)
    secret: str = ""
    answers: list[str] = field(default_factory=list)


def watch_key(made: Lab, play: PlayInProgress) -> KeyWatch:
    """Look at the key on sut1 as long as the play runs, and use it once for another command."""
    seen = KeyWatch()
    keys = made.root("sut1") / "run/bpf-timer-bench/load"
    while play.process.poll() is None and not seen.answers:
        time.sleep(0.1)
        line = (made.root("load1") / "root/.ssh/authorized_keys").read_text()
        for folder in keys.glob("*-fleet-*"):
            try:
                for path in (folder, *folder.iterdir()):
                    seen.modes.add(f"{path.name} {path.stat().st_mode & 0o777:o}")
                seen.secret = (folder / "id").read_text() or seen.secret
            except OSError:
                continue
            if (folder / "known_hosts").exists() and f"load/sut1/{folder.name}" in line:
                seen.answers.append(use_key(made, folder.name))
    return seen


def use_key(made: Lab, fleet_id: str) -> str:
    """What the load host answers to the key of sut1's run and a command of one's own."""
    folder = f"/run/bpf-timer-bench/load/{fleet_id}"
    options = ["-o", "BatchMode=yes", "-o", f"UserKnownHostsFile={folder}/known_hosts"]
    command = ["ssh", "-i", f"{folder}/id", *options, "root@198.19.0.21", "id"]
    done = subprocess.run(
        made.inside("sut1", *command), stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    return done.stdout + done.stderr


@dataclass(frozen=True)
class Story:
    """The life of a fleet whose hosts are well."""

    tried: FleetOutcome
    tried_left: list[str]
    first: FleetOutcome
    folder: Path
    key: KeyWatch
    noise: int
    after: dict[str, str]
    again: FleetOutcome


@pytest.fixture(scope="module")
def story(fleet: Lab, tmp_path_factory: pytest.TempPathFactory) -> Story:
    folder = tmp_path_factory.mktemp("story")
    sweep = sweep_file(folder, "fleet", repeat=1, duration="500ms", load=True)
    (fleet.root("sut2") / "root/.bashrc").write_text(BASHRC)
    # sut2 is made as sut1 is, and need not be looked at twice.
    tried = fleet.play("bench.yml", mode=f"--check --limit={ONE_OF_EACH}", sweep=sweep)
    left = [str(p) for s in SUTS for p in (fleet.root(s) / "opt").glob("bpf-timer-bench*")]
    left += [str(p) for s in SUTS for p in (fleet.root(s) / "var/lib/apt/lists").iterdir()]
    key: list[KeyWatch] = []
    with noise(fleet, "load1") as log:

        def look(play: PlayInProgress) -> None:
            key.append(watch_key(fleet, play))

        first = fleet.play("bench.yml", meanwhile=look, sweep=sweep, **TUNED)
        made = int(log.read_text().split()[-1])
    after = settings()
    again = fleet.play("playbooks/provision.yml", mode=f"--limit={ONE_OF_EACH}")
    return Story(tried, left, first, fleet.fleets()[-1], key[0], made, after, again)


def test_check_mode_works_on_bare_hosts_and_changes_nothing(story: Story) -> None:
    assert story.tried.returncode == 0, story.tried.output
    assert story.tried_left == []
    assert story.tried.recap("sut1", "changed") > 0
    assert "apt-get would refresh its lists, and install bpftool, python3-venv" in story.tried.words


def test_bare_hosts_get_packages_and_the_tool_without_any_network(fleet: Lab, story: Story) -> None:
    assert story.first.returncode == 0, story.first.output
    for host in SUTS:
        needed = ("bpftool", "python3-apt", "python3-venv")
        assert "bpftool" in fleet.run(host, "dpkg-query", "--show", *needed)
        assert fleet.run(host, "ip", "route").splitlines() == [
            line for line in fleet.run(host, "ip", "route").splitlines() if "198.19.0.0/24" in line
        ]


def test_hosts_run_the_wheel_and_not_the_checkout(story: Story) -> None:
    tools = [json.loads(file.read_text())["tools"] for file in story.folder.glob("*/*/run.json")]
    assert len(tools) == len(SUTS)
    assert all(each["source_hash"] == identity().source_hash for each in tools)


def test_every_host_has_a_complete_run_and_the_report_shows_them(story: Story) -> None:
    hosts = read_fleet(story.folder).hosts
    assert [host.name for host in hosts] == list(SUTS)
    assert [host.state for host in hosts] == ["complete", "complete"]
    assert [host.variables for host in hosts] == [{"rack": "left"}, {"rack": "right"}]
    assert len(hosts[0].cells) == 2
    assert hosts[0].cells.keys() == hosts[1].cells.keys()
    assert "| cell | sut1 | sut2 |" in story.first.output
    assert json.loads((story.folder / "fleet.json").read_text())["finished"]


def test_a_second_provisioning_changes_nothing(story: Story) -> None:
    assert story.again.returncode == 0, story.again.output
    changed = {host: story.again.recap(host, "changed") for host in ONE_OF_EACH.split(",")}
    assert changed == {"sut1": 0, "load1": 0}


def test_what_was_tuned_is_back_file_by_file(before: dict[str, str], story: Story) -> None:
    changed = story.first.recap("sut1", "changed")
    assert changed > 0
    assert story.first.output.count("Write down what is there, change it, read it back") == 2
    assert story.after == before


def records(folder: Path) -> list[dict]:
    files = folder.glob("*/*/trials.jsonl")
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


def test_the_load_came_from_the_load_host(story: Story) -> None:
    loads = [record["load"] for record in records(story.folder) if record["load"]]
    # The cell with connections, its controls load, empty, unobserved and stages.
    assert len(loads) == 5 * len(SUTS)
    for load in loads:
        assert load["host"] == "198.19.0.21"
        assert load["connections"] > 0
    assert {host.load_hosts for host in read_fleet(story.folder).hosts} == {("198.19.0.21",)}


def test_a_host_counts_connections_of_its_own_namespace_only(story: Story) -> None:
    """load1 was full of connections to itself on the same ports. On a system under test they would
    be foreign traffic, which spoils its trials."""
    assert story.noise > 200
    for record in records(story.folder):
        # Control load has connections and no timers.
        if record["load"] and record["cell"]["control"] != "load":
            assert record["ledger"]["unmatched"] == 0
            assert record["ledger"]["started"] == record["load"]["connections_total"]


def test_the_key_can_do_one_thing_and_is_gone_afterwards(fleet: Lab, story: Story) -> None:
    assert {f"{story.folder.name} 700", "id 600", "known_hosts 600"} <= story.key.modes
    assert '"event":"ready"' in story.key.answers[0]
    assert "uid=" not in story.key.answers[0]
    for host in SUTS:
        assert not list((fleet.root(host) / "run/bpf-timer-bench/load").iterdir())
    line = (fleet.root("load1") / "root/.ssh/authorized_keys").read_text()
    assert "bpf-timer-bench-load" not in line
    assert (fleet.root("load1") / "root/.ssh/authorized_keys").stat().st_mode & 0o777 == 0o600


def test_no_secret_is_in_logs_or_results(fleet: Lab, story: Story) -> None:
    secrets = [story.key.secret, (fleet.folder / "id").read_text()]
    bodies = [max(secret.splitlines(), key=len) for secret in secrets]
    assert all(len(body) > 40 for body in bodies)
    places = [story.folder, *(fleet.root(host) / "run/bpf-timer-bench" for host in SUTS)]
    files = [path for place in places for path in place.rglob("*") if path.is_file()]
    assert len(files) > 10
    texts = [path.read_bytes() for path in files] + [story.first.output.encode()]
    for body in bodies:
        assert not any(body.encode() in text for text in texts)


@pytest.mark.nightly
def test_the_timers_of_every_host_are_watched_over_ssh(
    fleet: Lab, story: Story, tmp_path: Path
) -> None:
    """All hosts of the lab are on one kernel, so that each sees the timer of the test."""
    answers = {"seconds": 2, "watch_out_path": str(tmp_path)}
    with externals() as load:
        tick = load("percpu_tick")
        assert tick.run(cpu=0) == 0
        outcome = fleet.play("playbooks/watch.yml", **answers)
        number = tick.map_id("sched_tick_ctxs")
    assert outcome.returncode == 0, outcome.output
    for host in SUTS:
        document = json.loads((tmp_path / f"{host}.json").read_text())
        (seen,) = [each for each in document["maps"] if each["id"] == number]
        assert seen["fired"] == pytest.approx(document["duration_ns"] / TICK_NS, rel=0.1)
        assert f"{host} " in outcome.output and "sched_tick_ctxs" in outcome.output


@dataclass(frozen=True)
class Troubles:
    """The life of a fleet whose hosts are not."""

    first: FleetOutcome
    first_folder: Path
    first_records: dict[str, int]
    first_states: dict[str, str]
    first_troubles: dict[str, str]
    first_finished: str | None
    second: FleetOutcome
    second_folder: Path
    after: dict[str, str]


@pytest.fixture(scope="module")
def troubles(fleet: Lab, story: Story, tmp_path_factory: pytest.TempPathFactory) -> Troubles:
    """First sut1 has a full disk and sut2's link is cut without a word; then both are well."""
    folder = tmp_path_factory.mktemp("troubles")
    sweep = sweep_file(folder, "trouble", repeat=6, duration="1s", load=False)
    full = "/var/lib/bpf-timer-bench/results"
    fleet.run("sut1", "mount", "-t", "tmpfs", "-o", "size=64k", "full", full)

    def kill_sut2(play: PlayInProgress) -> None:
        play.wait_for(r"\[sut2\] =>\s+msg: '?(trial|not begun)")
        kept = fleet.results.glob
        wait_until(
            "records of sut2",
            lambda: [file for file in kept("*/sut2/*trouble/t*l") if file.stat().st_size],
            seconds=PLAY_S,
        )
        fleet.link("sut2", "down")

    plays = ("playbooks/run.yml", "playbooks/report.yml")
    judged = {"fleet_judged_later": True, "run_keep_polls": 1}
    try:
        first = fleet.play(
            *plays, "playbooks/judge.yml", meanwhile=kill_sut2, sweep=sweep, **judged, **TUNED
        )
    finally:
        fleet.run("sut1", "umount", full)
        fleet.link("sut2", "up")
    found = fleet.fleets()[-1]
    hosts = read_fleet(found).hosts
    kept = {host.name: sum(host.counts.values()) for host in hosts}
    finished = json.loads((found / "fleet.json").read_text())["finished"]

    def interrupt_sut1(play: PlayInProgress) -> None:
        play.wait_for(r"ok: \[sut1\] =>\s+msg: 'trial [1-4] of 6")
        fleet.sshd("sut1", "stop")
        fleet.sshd("sut1", "start")

    second = fleet.play(
        *plays, "playbooks/judge.yml", meanwhile=interrupt_sut1, sweep=sweep, **judged, **TUNED
    )
    return Troubles(
        first,
        found,
        kept,
        {host.name: host.state for host in hosts},
        {host.name: host.trouble for host in hosts},
        finished,
        second,
        fleet.fleets()[-1],
        settings(),
    )


def test_a_full_disk_and_a_dead_host_fail_the_play_and_are_named(troubles: Troubles) -> None:
    assert troubles.first.returncode != 0
    assert "No space left on device" in troubles.first_troubles["sut1"]
    assert "does not answer" in troubles.first_troubles["sut2"]
    assert "## What went wrong" in troubles.first.output
    for host in SUTS:
        said = rf"{host}: .*?(No space left|does not answer).*? To go on, run: cd /"
        assert re.search(said, troubles.first.words), troubles.first.output
    assert troubles.first_finished is None


def test_partial_records_of_a_host_that_died_are_kept(troubles: Troubles) -> None:
    assert troubles.first_states == {"sut1": "nothing", "sut2": "partial"}
    assert 1 <= troubles.first_records["sut2"] < 6


def test_the_same_playbook_continues_the_same_fleet_run(troubles: Troubles) -> None:
    assert troubles.second.returncode == 0, troubles.second.output
    assert troubles.second_folder == troubles.first_folder
    hosts = read_fleet(troubles.second_folder).hosts
    assert [host.state for host in hosts] == ["complete", "complete"]
    assert all(len(list((troubles.second_folder / s).glob("*/run.json"))) == 1 for s in SUTS)
    for host in hosts:
        assert sum(host.counts.values()) == host.planned == 6


def test_a_lost_connection_is_survived(troubles: Troubles) -> None:
    """sut1's sessions were killed in the second play, which ended well all the same."""
    assert "trial 6 of 6" in troubles.second.output
    assert troubles.second.recap("sut1", "failed") == 0


def test_settings_are_back_after_a_failed_play(before: dict[str, str], troubles: Troubles) -> None:
    assert troubles.after == before


def test_settings_are_back_after_a_killed_play_and_restore(
    fleet: Lab, troubles: Troubles, before: dict[str, str], tmp_path: Path
) -> None:
    sweep = sweep_file(tmp_path, "killed", repeat=3, duration="500ms", load=False)
    with fleet.playing("playbooks/run.yml", sweep=sweep, **TUNED) as play:
        play.wait_for(r"\[sut1\] =>\s+msg: '?(trial|not begun)")
        play.kill()
    assert settings() != before
    job = next((fleet.root("sut1") / "run/bpf-timer-bench").glob("*-fleet-killed"))
    # A host that is measuring is left alone.
    wait_until("the end of the run", (job / "code").exists, seconds=PLAY_S)
    restored = fleet.play("playbooks/restore.yml")
    assert restored.returncode == 0, restored.output
    assert settings() == before
    assert not (fleet.root("sut1") / "var/lib/bpf-timer-bench/tuned.json").exists()
    mounts = fleet.run("sut1", "cat", "/proc/mounts")
    assert " /sys/kernel/tracing " not in mounts


def test_a_host_that_cannot_be_reached_does_not_stop_the_others(
    fleet: Lab, troubles: Troubles, tmp_path: Path
) -> None:
    sweep = sweep_file(tmp_path, "unreachable", repeat=1, duration="300ms", load=False)
    fleet.sshd("sut1", "stop")
    try:
        outcome = fleet.play("bench.yml", sweep=sweep)
    finally:
        fleet.sshd("sut1", "start")
    assert outcome.returncode != 0
    assert outcome.recap("sut1", "failed") == 1
    hosts = {host.name: host for host in read_fleet(fleet.fleets()[-1]).hosts}
    assert (hosts["sut1"].state, hosts["sut2"].state) == ("nothing", "complete")
    assert "did not answer" in hosts["sut1"].trouble
    assert "| sut1 | nothing |" in outcome.output
