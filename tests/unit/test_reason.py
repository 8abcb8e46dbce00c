from __future__ import annotations

from bench.reason import EFFECTS, HOST, Code, Spoiler, spoiler

ACCOUNT = {
    Code.LEDGER_OPEN,
    Code.GRID_OPEN,
    Code.TIMERS_REFUSED,
    Code.ENTRIES_LEFT,
    Code.TIMERS_LOST,
    Code.OTHER_CLOCK,
    Code.UNMATCHED,
    Code.EARLY,
    Code.DEADLINE,
    Code.UNKNOWN,
}


def test_each_code_has_one_kind_of_spoiler() -> None:
    """A new code is the timers' own effect, the host's doing, or leaves everything unknown."""
    assert not EFFECTS & HOST
    assert EFFECTS | HOST | ACCOUNT == set(Code)
    for code in ACCOUNT:
        assert spoiler([code]) is Spoiler.ACCOUNT


def test_a_trial_is_an_effect_only_if_nothing_else_spoilt_it() -> None:
    assert spoiler(["load_short"]) is spoiler(["load_short", "samples_few"]) is Spoiler.EFFECT
    assert spoiler(["load_short", "steal"]) is Spoiler.HOST
    assert spoiler(["load_short", "ledger_open"]) is Spoiler.ACCOUNT


def test_what_is_not_known_is_never_harmless() -> None:
    assert spoiler([]) is spoiler(["a_code_of_tomorrow"]) is Spoiler.ACCOUNT
