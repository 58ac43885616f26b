"""The classes that the benchmarks grade: as large as wanted, the same each time, and no copies."""

from pathlib import Path

import nbformat

from benchmarks.class_time import with_other_points
from benchmarks.classroom import hand_in
from benchmarks.command import CHECKOUT
from benchmarks.growth import CELLS, RUBRIC, recipe
from grader.rubric.lint import lint_rubric
from grader.rubric.load import find_rubric, load_rubric
from grader.submissions.source import parse_cells

SAMPLES = CHECKOUT / "submissions_sample/worksheet5"


def test_students_beyond_the_samples_hand_in_variants(tmp_path: Path) -> None:
    handed_in = hand_in(SAMPLES, 42, tmp_path / "class")
    assert len(handed_in) == 42
    variants = [path for path in handed_in if not (SAMPLES / path.name).exists()]
    assert len(variants) == 42 - 33
    for path in variants:
        original = nbformat.read(SAMPLES / f"{path.stem.rpartition('_')[0]}.ipynb", as_version=4)
        sources = [[cell.source for cell in book.cells] for book in (original, nbformat.read(path, 4))]
        assert sources[0] != sources[1] and len(sources[0]) == len(sources[1])
        broken = [sum(cell.tree is None for cell in parse_cells(nbformat.read(path, 4)))]
        assert broken == [sum(cell.tree is None for cell in parse_cells(original))]
    again = hand_in(SAMPLES, 42, tmp_path / "again")
    texts = [[cell.source for cell in nbformat.read(path, 4).cells] for path in variants]
    assert texts == [
        [cell.source for cell in nbformat.read(path, 4).cells]
        for path in again
        if path.name in {variant.name for variant in variants}
    ]


def test_other_points_add_up_to_as_many(tmp_path: Path) -> None:
    before = load_rubric("worksheet5")
    after = load_rubric(with_other_points(find_rubric("worksheet5"), tmp_path / "rubric"))
    changed = [
        (old.points, new.points)
        for old, new in zip(before.checks, after.checks, strict=True)
        if old.points != new.points
    ]
    assert sorted(changed) == [(2, 1), (2, 3)] and after.worth == before.worth


def test_a_growing_class_has_more_recipes(tmp_path: Path) -> None:
    (tmp_path / "growth.yaml").write_text(RUBRIC)
    (tmp_path / "reference.ipynb").write_text("{}")
    assert lint_rubric(tmp_path / "growth.yaml").errors == ()
    different = [len({recipe(number, count) for number in range(count)}) for count in (10, 30, 100, 300)]
    assert different == [2, 3, 12, 36]
    assert all(compile(cell.format(filters=4, batch=6), "cell", "exec") for cell in CELLS)
