"""``grade rubric``: what is shown and with which exit code it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from grader.checks import registry
from grader.checks.outcome import Outcome, met
from grader.cli.main import main

GOOD = """\
rubric: 1
id: good
title: A good worksheet
reference: good.ipynb
total: 2
networks:
  cnn: {input: [8, 8, 3], layers: ["Conv2D(4, 3)", "Flatten()", unordered: ["Dense(4)", "Dense(5)"]]}
questions:
  - id: task1
    title: The network
    checks:
      - {id: 1a, check: network, network: cnn, title: "[the] network", points: 1.50}
      - {id: 1b, check: network, network: cnn, title: again, points: 0.5, visibility: hidden}
"""


@pytest.fixture(autouse=True)
def one_check(monkeypatch: pytest.MonkeyPatch) -> None:
    registry.all_checks()  # a family registers itself once, when it is imported: not later, into these
    monkeypatch.setattr(registry, "_checks", {})

    @registry.check("network")
    def network(work: Any, *, network: str, strict: bool = False) -> Outcome:
        """A network of the notebook is the expected one."""
        return met("", "")


@pytest.fixture(autouse=True)
def rubrics(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder with one good rubric and one broken one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("grader.rubric.load.shipped_rubrics", lambda: tmp_path / "none")
    monkeypatch.setenv("COLUMNS", "160")
    folder = Path("rubrics")
    folder.mkdir()
    (folder / "good.yaml").write_text(GOOD)
    (folder / "good.ipynb").write_text("{}")
    (folder / "broken.yaml").write_text(GOOD.replace("total: 2", "total: 3").replace("title: A", "titel: A"))
    return folder


def test_list_tells_names_titles_points_and_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rubric", "list"]) == 0
    broken, good = capsys.readouterr().out.splitlines()[1:]
    assert good.split(maxsplit=1)[0] == "good"
    assert "A good worksheet" in good
    assert " 2 " in good
    assert "rubrics/good.yaml" in good
    assert "3 errors; see: grade rubric lint broken" in broken


def test_list_with_nothing_to_list_says_where_it_looked(
    rubrics: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in rubrics.iterdir():
        path.unlink()
    assert main(["rubric", "list"]) == 0
    assert "No rubrics in ./rubrics" in capsys.readouterr().out


def test_show_tells_every_requirement_with_its_points(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rubric", "show", "good"]) == 0
    shown = capsys.readouterr().out
    assert "A good worksheet  (good, 2 points)" in shown
    assert "any order: Dense(4), Dense(5)" in shown
    assert "[the] network" in shown
    assert "again (hidden from students)" in shown
    assert "1.5 " in shown


def test_lint_passes_a_good_rubric(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rubric", "lint", "good"]) == 0
    assert capsys.readouterr().out == "rubrics/good.yaml: 0 errors, 0 warnings\n"


def test_lint_fails_when_one_rubric_of_several_is_broken(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rubric", "lint", "good", "rubrics/broken.yaml"]) == 1
    shown = capsys.readouterr().out
    assert 'rubrics/broken.yaml:3: error: unknown key "titel"; did you mean "title"?\n' in shown
    assert "rubrics/broken.yaml:5: error: the questions add up to 2 points, not 3\n" in shown
    assert "rubrics/broken.yaml: 3 errors, 0 warnings\n" in shown


def test_a_broken_rubric_cannot_be_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rubric", "show", "broken"]) == 2
    error = capsys.readouterr().err
    assert error.startswith('grade: error: rubrics/broken.yaml:1: the key "title" is missing\n')
    assert error.count("\n") == 3


def test_schema_is_json_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rubric", "schema"]) == 0
    Draft202012Validator.check_schema(json.loads(capsys.readouterr().out))


def test_checks_are_listed_and_documented(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rubric", "checks"]) == 0
    (_, row) = capsys.readouterr().out.splitlines()
    assert row.split(maxsplit=1)[0] == "network"
    assert "A network of the notebook is the expected one." in row

    assert main(["rubric", "checks", "network"]) == 0
    shown = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "A network of the notebook is the expected one." in shown
    assert "network text required" in shown
    assert "strict true or false false" in shown

    assert main(["rubric", "checks", "netwrok"]) == 2
    assert capsys.readouterr().err == 'grade: error: there is no check "netwrok"; did you mean "network"?\n'
