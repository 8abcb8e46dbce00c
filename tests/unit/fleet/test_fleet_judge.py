from __future__ import annotations

from dataclasses import replace

from bench.fleet.judge import TOO_FEW_COUNT, complaints
from bench.fleet.model import Fleet, HostRun
from tests.unit.fleet.conftest import MakeHost

AGAIN = "ansible-playbook bench.yml"


def judged(*hosts: HostRun, played: str) -> tuple[str, ...]:
    return complaints(Fleet(name="f", hosts=hosts, command=AGAIN), played.split())


def test_a_host_in_trouble_is_named_with_the_command_that_goes_on(make_host: MakeHost) -> None:
    found = judged(make_host("a"), HostRun(name="b", trouble="it does not answer"), played="a b")
    assert found == (f"b: it does not answer. To go on, run: {AGAIN}.",)


def test_failed_trials_are_a_trouble(make_host: MakeHost) -> None:
    (line,) = judged(make_host("a", failed={1: "load host load1 does not answer"}), played="a")
    assert "a: 1 trial failed" in line and AGAIN in line


def test_disturbed_trials_are_a_trouble(make_host: MakeHost) -> None:
    (line,) = judged(replace(make_host("a"), disturbed=1), played="a")
    assert line == f"a: 1 trial was disturbed from outside. To go on, run: {AGAIN}."


def test_a_host_of_the_play_without_a_record_is_named() -> None:
    (line,) = judged(HostRun(name="a"), played="a")
    assert line.startswith("a: it has no record.")


def test_a_host_without_a_record_goes_on_as_it_was_played() -> None:
    (line,) = judged(HostRun(name="a", remedy="play -l a"), played="a")
    assert line == "a: it has no record. To go on, run: play -l a."


def test_hosts_that_the_play_left_out_are_not_judged(make_host: MakeHost) -> None:
    assert judged(make_host("a"), HostRun(name="b", trouble="dead"), played="a") == ()


def test_a_host_of_which_nothing_counts_is_named(make_host: MakeHost) -> None:
    host = make_host("a")
    cells = {cell: replace(figures, ok=0) for cell, figures in host.cells.items()}
    (line,) = judged(replace(host, cells=cells), played="a")
    assert line == f"a: {TOO_FEW_COUNT}."


def test_a_host_is_judged_as_bench_run_judges(make_host: MakeHost) -> None:
    """One cell without a trial that counts, or fewer than half of all trials, is no answer."""
    host = make_host("a")
    (cell, figures), *_ = host.cells.items()
    other = replace(cell, map_size=cell.map_size + 1)

    def with_ok(first: int, second: int) -> tuple[str, ...]:
        cells = {cell: replace(figures, ok=first, trials=5)}
        cells[other] = replace(figures, ok=second, trials=5)
        return judged(replace(host, cells=cells), played="a")

    assert with_ok(5, 5) == with_ok(4, 1) == ()
    assert with_ok(5, 0) == with_ok(3, 1) == (f"a: {TOO_FEW_COUNT}.",)
