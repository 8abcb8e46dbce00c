"""The Containerfile, built and run by podman where this machine allows it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.distribution import made_by
from tests.kernel.cli.bare.bare_host import REPOSITORY, dependencies, root_of

pytestmark = [pytest.mark.nightly, pytest.mark.timeout(900)]
TOOLS = ("podman", "runc")
IMAGE, BASE = "localhost/bpf-timer-bench", "localhost/debian:trixie"
LIMITS = ("--ulimit=nofile=4096:4096", "--ulimit=nproc=4096:4096")
"""podman raises them otherwise, which a host may forbid even to root."""
FLAGS = ("--privileged", "--pid=host", "--network=host")
"""What docs/installation.md says."""
SHORT = "--duration 300ms --warmup 50ms --repeat 1 --controls none --max-steal 1".split()
SETTINGS = "[global]\nno-index = true\nfind-links = /wheels\n"


class Podman:
    """Its images and containers lie in a folder of the test's own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.results = folder, folder / "results"
        self.results.mkdir()

    def __call__(self, *words: str) -> subprocess.CompletedProcess[str]:
        store = (f"--root={self.folder}/root", f"--runroot={self.folder}/run")
        driver = ("--storage-driver=overlay", "--runtime=runc", "--cgroup-manager=cgroupfs")
        return subprocess.run(
            ["podman", *store, *driver, *words],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
            timeout=280,
        )

    def bench(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The entry point, as the page says."""
        mounted = f"--volume={self.results}:/data/results"
        return self("run", "--rm", *FLAGS, *LIMITS, mounted, IMAGE, *words)


@pytest.fixture(scope="module")
def podman(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Podman]:
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"no {', no '.join(missing)}: tests/kernel/cli/bare/test_bare_host.py does the "
                    "steps of the Containerfile in a root made by mmdebstrap")  # fmt: skip
    folder = tmp_path_factory.mktemp("podman")
    subprocess.run(["mount", "-t", "tmpfs", "podman", str(folder)], check=True)
    try:
        made = Podman(folder)
        _build(made, folder)
        yield made
    finally:
        subprocess.run(["umount", "--recursive", "--lazy", str(folder)], check=True)
        for group in Path("/sys/fs/cgroup").glob("**/libpod_parent"):
            for each in sorted([group, *filter(Path.is_dir, group.rglob("*"))], reverse=True):
                each.rmdir()


def _build(podman: Podman, folder: Path) -> None:
    """From Debian's root of the other test, with wheels that lie beside it: no network."""
    wheels, settings = folder / "wheels", folder / "pip.conf"
    wheels.mkdir()
    made_by(REPOSITORY, REPOSITORY / "dist")
    (packed,) = (REPOSITORY / "dist").glob("*.whl")
    dependencies(packed, "3.13", wheels)
    settings.write_text(SETTINGS)
    archive = folder / "root.tar"
    subprocess.run(["tar", "-C", str(root_of("trixie")), "-cf", str(archive), "."], check=True)
    assert podman("import", str(archive), BASE).returncode == 0
    archive.unlink()
    volumes = (f"--volume={wheels}:/wheels:ro", f"--volume={settings}:/etc/pip.conf:ro")
    arguments = ("--build-arg", f"BASE={BASE}", "--isolation=chroot", "--pull=never")
    done = podman("build", *arguments, "--network=host", *volumes, f"--tag={IMAGE}", ".")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def test_doctor_answers_in_a_container(podman: Podman) -> None:
    said = podman.bench("doctor", "--json")
    assert said.returncode in (0, 1), said.stderr
    found = {each["name"]: each["health"] for each in json.loads(said.stdout)["findings"]}
    wanted = ("root", "clocks", "kernel BTF", "libbpf", "bpf_timer", "CPUs", "ksoftirqd threads")
    assert {name: found[name] for name in wanted} == dict.fromkeys(wanted, "ok")


@pytest.mark.parametrize(
    "program",
    [
        "resident --map-size 100 --timeout 10ms",
        "tcp --hook tp_btf --map-size 16384 --timeout 10ms --load 200",
        "xdp_gc --option packets_hz=10k --timeout 50ms",
    ],
)
def test_results_are_in_the_mounted_folder(podman: Podman, program: str) -> None:
    before = set(podman.results.iterdir())
    said = podman.bench("run", "--program", *program.split(), *SHORT)
    assert said.returncode == 0, said.stdout[-1500:] + said.stderr[-1500:]
    (run,) = set(podman.results.iterdir()) - before
    (record,) = map(json.loads, (run / "trials.jsonl").read_text().splitlines())
    assert record["status"] == "ok", record["reasons"]
    header = json.loads((run / "run.json").read_text())
    assert header["tools"]["clang"], "the compiler of what came with the wheel"
