"""The rubrics in the documentation are ones that work, and its error messages the ones that are shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from grader.checks.registry import all_checks
from grader.cli.main import main
from grader.rubric.load import load_rubric

TEXT = (Path(__file__).parents[2] / "docs" / "rubrics.md").read_text()
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
(BROKEN,) = re.findall(r"^```yaml broken\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
(MESSAGES,) = re.findall(r"^```text\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)

REST = {
    "rubric": "rubric: 1\n",
    "id": "id: digits\n",
    "title": "title: Digits\n",
    "data": "data: {fruits: {kind: image_folder}}\n",
    "networks": "networks: {cnn: {layers: [Flatten()]}}\n",
    "questions": "questions: [{id: task1, title: Nothing}]\n",
}
"""A rubric around the parts that the documentation shows on their own."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("block", BLOCKS)
def test_an_example_is_a_rubric_without_errors(block: str) -> None:
    rest = "".join(line for key, line in REST.items() if not re.search(rf"^{key}:", block, re.MULTILINE))
    Path("digits.yaml").write_text(block + rest)
    load_rubric("digits.yaml")


def test_every_check_there_is_is_named_and_no_other() -> None:
    (table,) = re.findall(r"^\| about \| checks \|\n(.*?)\n\n", TEXT, re.MULTILINE | re.DOTALL)
    assert sorted(re.findall(r"`(\w+)`", table)) == sorted(all_checks())


def test_the_errors_shown_are_the_errors_told(capsys: pytest.CaptureFixture[str]) -> None:
    Path("digits.yaml").write_text(BROKEN)
    assert main(["rubric", "lint", "digits.yaml"]) == 1
    assert capsys.readouterr().out == MESSAGES
