"""Loading and attaching are two answers; a stand-in takes the kernel's place."""

from __future__ import annotations

import pytest

from bench.errors import KernelRefusedError
from bench.limits import program_claims
from bench.limits.claim import CannotTryError, Claim
from bench.limits.lab import Lab
from bench.limits.loading import Loading
from bench.words.claims import Verdict

LAB: Lab = None  # type: ignore[assignment]
ACCEPTED, NOT_SUPPORTED = Loading(0), Loading(524)


def claim(name: str) -> Claim:
    (found,) = [item for item in program_claims.program_claims([]) if item.id == name]
    return found


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program_claims, "program_types", lambda: ["TRACING"])
    monkeypatch.setattr(program_claims, "load", lambda *words, **more: ACCEPTED)


def attaching(monkeypatch: pytest.MonkeyPatch, **found: Loading) -> None:
    by = {f"tracing_fentry_{variant}": answer for variant, answer in found.items()}
    monkeypatch.setattr(program_claims, "attach", lambda source, name: by[name])


@pytest.mark.usefixtures("loads")
def test_what_is_loaded_need_not_be_attached(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on arm64 before 6.4, which has no direct calls."""
    attaching(monkeypatch, plain=NOT_SUPPORTED, timer=NOT_SUPPORTED)
    assert claim("prog.tracing_fentry").attempt(LAB).verdict is Verdict.HOLDS
    with pytest.raises(CannotTryError, match="without a timer is not attached") as caught:
        claim("prog.tracing_fentry_attach").attempt(LAB)
    assert caught.value.errno == "ENOTSUPP"


def test_what_is_attached_without_a_timer_only_speaks_of_timers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    attaching(monkeypatch, plain=ACCEPTED, timer=NOT_SUPPORTED)
    assert claim("prog.tracing_fentry_attach").attempt(LAB).verdict is Verdict.FAILS
    attaching(monkeypatch, plain=ACCEPTED, timer=ACCEPTED)
    outcome = claim("prog.tracing_fentry_attach").attempt(LAB)
    assert (outcome.verdict, outcome.answer) == (Verdict.HOLDS, "attached")


def test_what_is_not_loaded_is_not_attached(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(source: str, name: str) -> Loading:
        raise KernelRefusedError("refused", errno=1)

    monkeypatch.setattr(program_claims, "attach", refused)
    with pytest.raises(CannotTryError, match=r"not even loaded \(EPERM\)"):
        claim("prog.tracing_fexit_attach").attempt(LAB)
