"""Instructions in the page of a matrix: operation by kernel, changes by function, links."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.instructions.files import FOLDED, folded_file, table_file
from bench.instructions.table import Table, plain
from bench.matrix.html import html
from bench.matrix.instructions import Instructions, read_instructions
from bench.matrix.table import KernelColumn, Matrix
from tests.unit.instructions.recorded import USUAL, seen, table

MORE = USUAL.replace("81003000+20", "81003000+27")


def of(release: str, runs: str, qemu: str = "QEMU 7.2") -> Table:
    found = table(seen([(200, runs)]), name=f"debian:{release}", qemu=qemu)
    kernel = replace(found.kernel, release=release, source=f"linux-image-{release} {release}-1")
    return replace(found, kernel=kernel)


def kept(folder: Path, *tables: Table) -> list[Path]:
    (folder / FOLDED).mkdir(parents=True)
    for each in tables:
        table_file(folder, each).write_text(json.dumps(plain(each)))
        folded_file(folder, each).touch()
    return sorted(folder.glob("*.json"))


@pytest.fixture
def counted(tmp_path: Path) -> Instructions:
    files = kept(tmp_path / "counted", of("7.2", MORE), of("6.12", USUAL), of("6.1", USUAL))
    return read_instructions(files, tmp_path / "page")


def test_kernels_come_from_old_to_new_with_links_from_the_page(counted: Instructions) -> None:
    assert [each.table.kernel.release for each in counted.kernels] == ["6.1", "6.12", "7.2"]
    assert counted.kernels[0].file == "../counted/linux-image-6.1-6.1-1.json"
    assert counted.kernels[0].folded == "../counted/folded/linux-image-6.1-6.1-1.txt"


def test_stacks_that_are_not_there_are_not_linked(tmp_path: Path) -> None:
    made = of("7.3", USUAL)
    files = kept(tmp_path / "counted", made)
    folded_file(files[0].parent, made).unlink()
    assert read_instructions(files, tmp_path).kernels[0].folded == ""


def test_the_page_names_the_functions_that_changed(
    counted: Instructions,
    make_column: Callable[..., KernelColumn],
    make_matrix: Callable[..., Matrix],
) -> None:
    text = html(make_matrix(make_column("6.1")), counted)
    assert "6.1 to debian:6.12: 0 operations changed" in text
    assert "6.12 to debian:7.2: 1 operation changed" in text
    assert "44 to 51, +7 (+15.9%): timerqueue_add +7" in text
    assert "../counted/folded/linux-image-7.2-7.2-1.txt" in text
    assert "Instructions are no time" in text


def test_tables_that_cannot_be_compared_are_refused(tmp_path: Path) -> None:
    files = kept(tmp_path / "counted", of("6.1", USUAL), of("6.12", USUAL, qemu="QEMU 9.2"))
    with pytest.raises(BenchError, match="differ in more than their kernel: qemu"):
        read_instructions(files, tmp_path)
