"""Builds the tool's wheel and collects what it depends on, on the controller.

    wheelhouse.py --checkout FOLDER --into FOLDER KEY...

A KEY is a Python and an architecture, like cp311-x86_64. Prints one JSON object: the wheel and, by
KEY, an archive of dependencies, each with its SHA-256; and the hash of the sources, by which alone
two wheels are the same: a commit that changes none of them gives a wheel other bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from zipfile import ZipFile

PLATFORMS = ("manylinux_2_28", "manylinux_2_27", "manylinux_2_17", "manylinux2014")
"""Platform tags that every distribution that was tried can run, newest first."""


def pip(*words: str | Path) -> None:
    """Run pip of this Python; what it says goes to standard error."""
    command = [sys.executable, "-m", "pip", *map(str, words), "--quiet"]
    command.append("--disable-pip-version-check")
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=sys.stderr)


def described(path: Path) -> dict[str, str]:
    """A file as the playbook knows it."""
    return {"path": str(path), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


def build(checkout: Path, into: Path) -> Path:
    """The wheel of a checkout."""
    with tempfile.TemporaryDirectory(dir=into) as folder:
        pip("wheel", "--no-deps", "--wheel-dir", folder, checkout)
        (built,) = Path(folder).glob("*.whl")
        return built.replace(into / built.name)


def sources(checkout: Path) -> str:
    """The hash of a checkout's sources, as the tool itself says it."""
    command = [sys.executable, "-m", "bench.identity"]
    done = subprocess.run(command, check=True, cwd=checkout, stdout=subprocess.PIPE)
    return str(json.loads(done.stdout)["source_hash"])


def requirements(wheel: Path) -> list[str]:
    """What a wheel needs without its extras."""
    with ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        lines = archive.read(name).decode().splitlines()
    needed = (line for line in lines if line.startswith("Requires-Dist: "))
    return [line.partition(": ")[2] for line in needed if "extra ==" not in line]


def dependencies(wheel: Path, key: str, into: Path) -> Path:
    """An archive of the wheels that a wheel needs there; fetched once per set of requirements."""
    needed = requirements(wheel)
    digest = hashlib.sha256("\n".join(needed).encode()).hexdigest()[:12]
    archive = into / f"dependencies-{key}-{digest}.tar"
    if archive.exists():
        return archive
    python, _, machine = key.removeprefix("cp").partition("-")
    with tempfile.TemporaryDirectory(dir=into) as folder:
        platforms = (word for tag in PLATFORMS for word in ("--platform", f"{tag}_{machine}"))
        version = f"{python[0]}.{python[1:]}"
        target = ("--implementation", "cp", "--python-version", version, *platforms)
        pip("download", "--dest", folder, "--only-binary", ":all:", *target, *needed)
        partial = Path(folder) / "partial.tar"
        pack(sorted(Path(folder).glob("*.whl")), partial)
        return partial.replace(archive)


def pack(files: list[Path], archive: Path) -> None:
    """Put files into an archive that depends on their names and contents only."""
    with tarfile.open(archive, "w", format=tarfile.USTAR_FORMAT) as tar:
        for file in files:
            member = tarfile.TarInfo(file.name)
            member.size, member.mode = file.stat().st_size, 0o644
            with file.open("rb") as content:
                tar.addfile(member, content)


def main() -> None:
    """Build, fetch, say what is where."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkout", type=Path, required=True)
    parser.add_argument("--into", type=Path, required=True)
    parser.add_argument("keys", nargs="+", metavar="KEY")
    given = parser.parse_args()
    given.into.mkdir(parents=True, exist_ok=True)
    wheel = described(build(given.checkout, given.into))
    wheel["sources"] = sources(given.checkout)
    built = Path(wheel["path"])
    archives = {key: described(dependencies(built, key, given.into)) for key in given.keys}
    print(json.dumps({"wheel": wheel, "dependencies": archives}))


if __name__ == "__main__":
    main()
