from __future__ import annotations

import pytest

from bench.cli.main import main

Captured = pytest.CaptureFixture[str]


def code_of(*words: str) -> object:
    with pytest.raises(SystemExit) as caught:
        main(words)
    return caught.value.code


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--wait", "--connections", "3"), "--connections with --wait"),
        (("--duration", "3s"), "--duration without --wait"),
        (("--connections", "0"), "--connections"),
        (("--wait", "--duration", "0"), "--duration"),
        (("--hook", "kprobe"), "'fentry', 'tp_btf'"),
    ],
)
def test_wrong_usage_exits_2_and_names_it(
    words: tuple[str, ...], named: str, capsys: Captured
) -> None:
    assert code_of("demo", *words) == 2
    seen = capsys.readouterr()
    assert named in seen.err and seen.out == ""


def test_without_root_it_says_so(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr("bench.host.privilege.effective", lambda root: 0)
    assert code_of("demo") == 4
    assert "needs root" in capsys.readouterr().err
