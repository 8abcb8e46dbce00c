from __future__ import annotations

from bench.analysis.answers.question import Grid, Sentence
from bench.analysis.answers.tabled import tabled


def line(subject: str, *texts: str, titles: tuple[str, ...] = ("a",)) -> Sentence:
    grid = Grid("caption", titles, tuple((text,) for text in texts)) if texts else None
    return Sentence(subject, "own words", "section", ("part",), "verdict.", grid)


def test_lines_of_one_subject_share_a_table() -> None:
    (whole,) = tabled([line("s", "1", "2"), line("s", "3")])
    assert (whole.text, whole.parts, whole.section) == ("caption", (), "section")
    assert whole.grid == Grid("caption", ("a",), (("1",), ("2",), ("3",)))


def test_other_subjects_other_titles_and_lines_without_a_table_stand_alone() -> None:
    lines = [line("s", "1"), line("t", "2"), line("t", "3", titles=("b",)), line("t")]
    found = tabled(lines)
    assert [len(each.grid.rows) if each.grid else 0 for each in found] == [1, 1, 1, 0]
    assert found[-1] == lines[-1]
