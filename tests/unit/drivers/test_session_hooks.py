from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bench.drivers import session as module
from bench.drivers.environment import Environment
from bench.drivers.registry import find_driver
from bench.errors import BenchError, KernelRefusedError
from bench.spec import Cell, Hook

MakeCell = Callable[..., Cell]
FakeObject = Any


Refusals = dict[Hook | None, BenchError]


@pytest.fixture
def tried(
    make_object: Callable[[], FakeObject], monkeypatch: pytest.MonkeyPatch
) -> tuple[list[Hook | None], Refusals, list[FakeObject]]:
    """Hooks that were tried, in order; what each meets; and the objects that were loaded."""
    hooks: list[Hook | None] = []
    errors: Refusals = {}
    objects: list[FakeObject] = []

    def load(program: object, cell: Cell, environment: Environment, hook: Hook | None) -> object:
        hooks.append(hook)
        if hook in errors:
            raise errors[hook]
        objects.append(make_object())
        return objects[-1]

    monkeypatch.setattr(module, "loaded_program", load)
    return hooks, errors, objects


Tried = tuple[list[Hook | None], Refusals, list[FakeObject]]


def refusal(hook: Hook | None) -> KernelRefusedError:
    return KernelRefusedError(f"refused {hook}", errno=1)


def test_the_next_hook_is_tried_after_a_refusal_and_each_only_once(
    tried: Tried, make_cell: MakeCell, environment: Environment
) -> None:
    hooks, errors, _ = tried
    errors[Hook.FENTRY] = refusal(Hook.FENTRY)
    refused: dict[str, str] = {}
    for _ in range(2):
        with module.opened_object(
            find_driver("tcp"), make_cell(program="tcp"), environment, refused
        ) as session:
            assert session.hook is not None
            assert session.hook.used == "tp_btf"
            assert session.hook.refused == {"fentry": "refused fentry"}
    assert hooks == [Hook.FENTRY, Hook.TP_BTF, Hook.TP_BTF]


def test_a_hook_that_was_asked_for_is_tried_although_it_was_refused_before(
    tried: Tried, make_cell: MakeCell, environment: Environment
) -> None:
    hooks, errors, _ = tried
    errors[Hook.FENTRY] = refusal(Hook.FENTRY)
    cell = make_cell(program="tcp", hook=Hook.FENTRY)
    with (
        pytest.raises(KernelRefusedError, match=r"refuses the hook fentry: .*EPERM") as caught,
        module.opened_object(find_driver("tcp"), cell, environment, {"fentry": "before"}),
    ):
        pass
    assert hooks == [Hook.FENTRY]
    assert caught.value.remedy == "Use --hook tp_btf, sockops or auto"


def test_when_no_hook_works_every_refusal_is_told(
    tried: Tried, make_cell: MakeCell, environment: Environment
) -> None:
    _, errors, _ = tried
    errors.update({hook: refusal(hook) for hook in (Hook.FENTRY, Hook.TP_BTF, Hook.SOCKOPS)})
    with (
        pytest.raises(BenchError, match="allows no hook of program tcp") as caught,
        module.opened_object(find_driver("tcp"), make_cell(program="tcp"), environment, {}),
    ):
        pass
    assert caught.value.detail.splitlines() == [
        "fentry: refused fentry",
        "tp_btf: refused tp_btf",
        "sockops: refused sockops",
    ]


def test_a_program_without_hooks_has_no_choice_and_its_refusal_is_final(
    tried: Tried, make_cell: MakeCell, environment: Environment
) -> None:
    with module.opened_object(find_driver("resident"), make_cell(), environment, {}) as session:
        assert session.hook is None
    tried[1][None] = refusal(None)
    with (
        pytest.raises(KernelRefusedError, match="refused None"),
        module.opened_object(find_driver("resident"), make_cell(), environment, {}),
    ):
        pass


def test_the_object_is_closed_whatever_happens(
    tried: Tried, make_cell: MakeCell, environment: Environment
) -> None:
    with (
        pytest.raises(KeyboardInterrupt),
        module.opened_object(find_driver("resident"), make_cell(), environment, {}),
    ):
        raise KeyboardInterrupt
    assert tried[2][0].asked == ["close"]
