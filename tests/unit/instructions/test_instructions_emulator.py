"""What QEMU has to be: there, of this architecture, and with plugins."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.instructions import emulator


@pytest.fixture
def qemu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One that has no plugins."""
    file = tmp_path / "qemu"
    file.write_text(
        "#!/bin/sh\n"
        '[ "$1" = --version ] && echo "QEMU emulator version 7.2.22" && exit\n'
        'echo "-plugin: invalid option" >&2; exit 1\n'
    )
    file.chmod(0o755)
    monkeypatch.setattr(emulator, "QEMU", str(file))
    return file


def test_a_qemu_without_plugins_is_named(qemu: Path) -> None:
    with pytest.raises(BenchError, match=r"version 7\.2\.22 does not load the plugin") as caught:
        emulator.plugin()
    assert "invalid option" in caught.value.detail and "plugins" in caught.value.remedy


def test_a_missing_qemu_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emulator, "QEMU", "qemu-that-nobody-has")
    with pytest.raises(BenchError, match="qemu-that-nobody-has is not installed") as caught:
        emulator.plugin()
    assert caught.value.remedy == emulator.INSTALL


def test_another_architecture_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    with pytest.raises(BenchError, match="on x86_64 only; this machine is aarch64"):
        emulator.plugin()


def test_the_identity_is_what_qemu_is_told() -> None:
    words = emulator.options(Path("plugin.so"), Path("/shared"))
    pairs = dict(zip(words[::2], words[1::2], strict=True))
    assert pairs["-icount"] == emulator.ICOUNT and pairs["-cpu"] == emulator.CPU
    assert pairs["-seed"] == str(emulator.SEED) and pairs["-rtc"] == emulator.RTC
    assert pairs["-plugin"] == "plugin.so,entries=/shared/entries,out=/shared/trace"
