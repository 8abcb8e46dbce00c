"""Rules of netfilter that drop packets: found before a load, and counted during one."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kernel.conftest import require
from tests.running import ended, running
from tests.waiting import wait_until

ASK = "from bench.host.firewall import droppers; print(*droppers())"
RUN = (
    "run --program tcp --hook tp_btf --load 200 --timeout 5ms --duration 1s --warmup 50ms "
    "--repeat 4 --controls none --max-steal 1 --observer procfs"
).split()
INPUT = "input (table filter)"
RULES = {
    "": "",
    "-A INPUT -i lo -p tcp -j DROP": INPUT,
    "-A INPUT -i eth0 -p tcp -j DROP": "",
    "-A INPUT -i lo -j ACCEPT; iptables -A INPUT -j DROP": "",
    "-P OUTPUT DROP": "output (table filter)",
    "-N own; iptables -A INPUT -j own; iptables -A own -p tcp --dport 22 -j REJECT": INPUT,
}


@pytest.fixture(autouse=True)
def _tool() -> None:
    require(None if shutil.which("iptables") else "iptables is not installed")


@pytest.mark.parametrize("rules", RULES)
def test_chains_that_may_drop_loopback_are_named(rules: str) -> None:
    made = f"iptables {rules}; " if rules else ""
    script = f'ip link set lo up; {made}exec "$0" -c "{ASK}"'
    done = subprocess.run(
        ["unshare", "-n", "sh", "-ec", script, sys.executable],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, RULES[rules]), done.stderr


def test_who_may_not_ask_is_told_so() -> None:
    """A list that was refused is another answer than an empty one."""
    ask = "from bench.host.firewall import firewall_risks; print(*firewall_risks())"
    done = subprocess.run(
        [
            "setpriv",
            "--bounding-set=-net_admin",
            "--inh-caps=-net_admin",
            sys.executable,
            "-c",
            ask,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 and "EPERM" in done.stdout, (done.stdout, done.stderr)


@pytest.fixture
def namespace() -> Iterator[str]:
    """Pid of a process that holds a network namespace with loopback."""
    script = "ip link set lo up; echo up; exec sleep 1000"
    with running(["unshare", "-n", "sh", "-ec", script]) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "up\n"
        yield str(holder.pid)


def within(pid: str, *command: str) -> tuple[str, ...]:
    return ("nsenter", "-t", pid, "-n", "--", *command)


def records(folder: Path) -> list[dict[str, object]]:
    files = [file.read_text() for file in folder.glob("*/trials.jsonl")]
    lines = [line for text in files for line in text.splitlines(keepends=True)]
    return [json.loads(line) for line in lines if line.endswith("\n")]


def test_a_rule_that_comes_in_mid_run_spoils_trials_and_is_named(
    namespace: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "bench", *RUN, "--results", str(tmp_path)]
    with running(within(namespace, *command), stderr=subprocess.STDOUT) as run:
        wait_until("a record", lambda: records(tmp_path) or run.poll() is not None)
        rule = "iptables -A INPUT -i lo -p tcp -j DROP".split()
        subprocess.run(within(namespace, *rule), check=True)
        said, _ = ended(run, seconds=90)
    _, *later = records(tmp_path)
    assert run.returncode in (0, 4) and "may drop packets" not in said, said
    assert "Traceback" not in said and later
    assert not [record for record in later if record["status"] == "ok"]
    texts = [str((record["error"], record["reasons"])) for record in later]
    assert any("was sent again" in text for text in texts), texts


def test_a_rule_that_is_there_is_said_before(namespace: str, tmp_path: Path) -> None:
    rule = "iptables -A INPUT -i lo -p tcp --dport 1 -j DROP".split()
    subprocess.run(within(namespace, *rule), check=True)
    words = [*RUN, "--repeat", "1", "--results", str(tmp_path)]
    command = within(namespace, sys.executable, "-m", "bench", *words)
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=90)
    said = " ".join((done.stdout + done.stderr).split())
    assert f"rules of nftables may drop packets of a load, at {INPUT}" in said
