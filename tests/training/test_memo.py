from __future__ import annotations

from pathlib import Path

import pytest
from configurations import recipe_of
from hypothesis import given
from hypothesis import strategies as st

from grader.training.memo import Memo
from grader.training.recipe import key
from grader.training.result import TrainingResult
from grader.training.workers import Trainers

RESULT = TrainingResult(
    accuracy=0.6333333333333333, curve=(0.1, 0.7), losses=(2.0, 0.5), seconds=3.2, epochs=2
)
KEY = "ab" * 16


def stored(folder: Path) -> Path:
    return next(folder.rglob("*.json"))


def test_what_is_stored_comes_back(tmp_path: Path) -> None:
    Memo(tmp_path / "new").put(KEY, RESULT)
    assert Memo(tmp_path / "new").get(KEY) == RESULT
    assert Memo(tmp_path / "new").get("cd" * 16) is None
    assert len(list(tmp_path.rglob("*"))) == 3, "no drafts are left"


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: text[: len(text) // 2],
        lambda text: text.replace("0.6333", "0.9333"),
        lambda text: text.replace('"accuracy"', '"score"'),
        lambda text: "[]",
        lambda text: "\x00" * 40,
    ],
)
def test_a_damaged_entry_is_none_and_can_be_replaced(damage, tmp_path: Path) -> None:
    memo = Memo(tmp_path)
    memo.put(KEY, RESULT)
    stored(tmp_path).write_text(damage(stored(tmp_path).read_text()))
    assert memo.get(KEY) is None
    memo.put(KEY, RESULT)
    assert memo.get(KEY) == RESULT


def test_an_entry_under_another_s_name_is_none(tmp_path: Path) -> None:
    memo = Memo(tmp_path)
    memo.put(KEY, RESULT)
    stored(tmp_path).rename(stored(tmp_path).with_name(f"{'ab' * 15}cd.json"))
    assert memo.get("ab" * 15 + "cd") is None


@given(st.binary(max_size=200))
def test_no_file_whatever_breaks_reading(content: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / KEY[:2] / f"{KEY}.json"
        path.parent.mkdir()
        path.write_bytes(content)
        assert Memo(Path(folder)).get(KEY) is None


def test_a_folder_that_cannot_be_written_costs_the_memo_only(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    Memo(tmp_path / "file").put(KEY, RESULT)
    assert Memo(tmp_path / "file").get(KEY) is None


def test_a_result_on_disk_needs_no_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Memo(tmp_path).put(key(recipe_of()), RESULT)
    with Trainers(1, tmp_path) as trainers:
        assert trainers.submit(recipe_of(), tmp_path / "no data").result() == RESULT
