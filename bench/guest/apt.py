"""apt with sources, lists and a state of our own; the machine's are neither used nor changed.

Signatures are checked by Debian's own keys. Proxies and the like are those of the machine.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.errors import BenchError, explained
from bench.guest.packages import Kernel, Package, kernels, packages
from bench.installation import cache_dir
from bench.process import CommandError, run

Say = Callable[[str], None]
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
MIRROR, SECURITY = "http://deb.debian.org/debian", "http://deb.debian.org/debian-security"
SUITES = (
    *(f"{release}{of}" for release in ("bookworm", "trixie") for of in ("", "-backports")),
    *("sid", "experimental"),
)
SECURITY_SUITES = ("bookworm-security", "trixie-security")
FRESH_S = 24 * 3600.0
"""Lists older than this are fetched again."""
DOWNLOAD_S = 900.0
NETWORK = "Look at the network, and at apt's proxy (apt-config dump | grep -i proxy)"
SPACE = "Set XDG_CACHE_HOME to a folder with 2 GB of space"
_TARGETS = "$(REPO_URI)|$(ORIGIN)|$(RELEASE)"
_KERNEL_WORDS = ("image", "base", "binary", "modules")


class Archive:
    """What Debian's suites have for an architecture.

    Args:
        arch: Debian's name of it.
        say: Is told what takes long.
    """

    def __init__(self, arch: str, say: Say) -> None:
        """Nothing is fetched yet."""
        self.arch, self._say = arch, say
        self._folder = cache_dir() / "apt" / arch

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Within, no other process of bench changes the lists or fetches a kernel."""
        with explained(f"keep apt's lists in {self._folder}", remedy=SPACE):
            self._folder.mkdir(parents=True, exist_ok=True)
            lock = (self._folder / "lock").open("w")
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._say("waiting for another bench that fetches kernels")
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def kernels(self) -> list[Kernel]:
        """Kernels of all suites; lists are fetched if they are a day old.

        Raises:
            BenchError: There are no lists, and they cannot be fetched.
        """
        self.refresh()
        return list(kernels(self._packages(), self.arch))

    def download(self, wanted: Sequence[Package], into: Path) -> None:
        """Fetch packages into a folder.

        Raises:
            CommandError: Not all can be fetched, or a signature or checksum is wrong.
        """
        names = [f"{package.name}={package.version}" for package in wanted]
        command = ["env", f"--chdir={into}", *self._apt("apt-get"), "download", "--quiet", *names]
        run(command, timeout_s=DOWNLOAD_S, remedy=NETWORK)

    def download_all(self, names: Sequence[str], release: str, into: Path) -> None:
        """Fetch packages of a release, and all that they depend on, into a folder.

        Raises:
            CommandError: Not all can be fetched, or a signature or checksum is wrong.
        """
        places = (f"--option=Dir::Cache::Archives={into}", "--option=Debug::NoLocking=true")
        how = ("--quiet", "--yes", "--download-only", "--no-install-recommends")
        command = [*self._apt("apt-get"), *places, "install", *how, f"--target-release={release}"]
        run([*command, *names], timeout_s=DOWNLOAD_S, remedy=NETWORK)

    def refresh(self) -> None:
        """Fetch the lists if they are a day old.

        Raises:
            BenchError: There are none, and they cannot be fetched.
        """
        stamp, sources = self._folder / "updated", self._folder / "sources.list"
        if stamp.exists() and time.time() - stamp.stat().st_mtime < FRESH_S:
            return
        if not KEYRING.exists():
            raise BenchError(
                f"{KEYRING} does not exist, by which Debian's signatures are checked",
                remedy="apt-get install debian-archive-keyring",
            )
        self._say(f"fetching the package lists of Debian's suites for {self.arch}")
        with explained(f"keep apt's lists in {self._folder}", remedy=SPACE):
            for name in ("lists/partial", "cache/archives/partial"):
                (self._folder / name).mkdir(parents=True, exist_ok=True)
            (self._folder / "status").touch()
            sources.write_text("".join(f"{line}\n" for line in _sources(self.arch)))
        try:
            command = [*self._apt("apt-get"), "update", "--quiet", "--error-on=any"]
            run(command, timeout_s=DOWNLOAD_S, remedy=NETWORK)
        except CommandError as error:
            if not stamp.exists():
                raise
            self._say(f"the lists of {_age(stamp)} are used: {_last(error.detail)}")
        else:
            stamp.touch()

    def _packages(self) -> list[Package]:
        names = run([*self._apt("apt-cache"), "pkgnames", "linux-"]).split()
        ending = f"-{self.arch}"
        prefixes = tuple(f"linux-{word}-" for word in _KERNEL_WORDS)
        asked = [name for name in names if name.startswith(prefixes) and name.endswith(ending)]
        return packages(run([*self._apt("apt-cache"), "show", *sorted(asked)])) if asked else []

    def _apt(self, tool: str) -> list[str]:
        options = {
            "APT::Architecture": self.arch,
            "APT::Architectures": self.arch,
            "APT::Sandbox::User": "root",  # Another user cannot read the cache of this one.
            "Acquire::Languages": "none",
            "Dir::Etc::SourceList": self._folder / "sources.list",
            "Dir::Etc::SourceParts": "/dev/null",
            "Dir::Etc::Preferences": "/dev/null",
            "Dir::Etc::PreferencesParts": "/dev/null",
            "Dir::State": self._folder,
            "Dir::State::Lists": self._folder / "lists",
            "Dir::State::Status": self._folder / "status",
            "Dir::Cache": self._folder / "cache",
            "Dir::Cache::PkgCache": "pkgcache.bin",
            "Dir::Cache::SrcPkgCache": "srcpkgcache.bin",
        }
        return [tool, *(f"--option={key}={value}" for key, value in options.items())]


def _sources(arch: str) -> list[str]:
    mirror, security = _mirrors()
    options = f"[arch={arch} signed-by={KEYRING}]"
    return [
        *(f"deb {options} {mirror} {suite} main" for suite in SUITES),
        *(f"deb {options} {security} {suite} main" for suite in SECURITY_SUITES),
    ]


def _mirrors() -> tuple[str, str]:
    """Where this machine has Debian from, if it is one, and its security updates."""
    targets = run(["apt-get", "indextargets", "--format", _TARGETS, "Created-By: Packages"])
    found = {"main": MIRROR, "security": SECURITY}
    for line in targets.splitlines():
        uri, origin, suite = line.split("|")
        if origin == "Debian":
            found["security" if suite.endswith("-security") else "main"] = uri.rstrip("/")
    return found["main"], found["security"]


def _age(path: Path) -> str:
    return time.strftime("%Y-%m-%d", time.localtime(path.stat().st_mtime))


def _last(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "no reason")
