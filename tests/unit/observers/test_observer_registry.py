from __future__ import annotations

import pytest

from bench.observers.registry import make_observer
from bench.spec import ObserverName


@pytest.mark.parametrize("name", ObserverName)
def test_every_observer_is_the_one_asked_for(name: ObserverName) -> None:
    assert make_observer(name, {0: 14}).name is name
