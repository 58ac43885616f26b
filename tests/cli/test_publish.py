"""The students' copy of a rubric: the public checks word for word, and nothing that is secret."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.checks.registry import all_checks
from grader.cli.main import main
from grader.rubric.document import Number
from grader.rubric.load import load_rubric, read_document, shipped_rubrics
from grader.rubric.publish import copy_text, page_text
from grader.rubric.schema import CheckLine, Rubric
from grader.rubric.student_copy import student_copy, student_document

RUBRICS = sorted(shipped_rubrics().glob("*.yaml"))

SMALL = """\
rubric: 1
id: small
title: Small
total: 10.5
reference: the-answers.ipynb
networks:
  cnn: {input: [8, 8, 3], layers: [Flatten(), Dense(2)]}
  own: {input: [8, 8, 3], rules: {contains: [Conv2D]}}
data: {digits: {kind: image_folder, classes: [one, two]}}
questions:
  - id: q1
    title: The network   # it is 386
    section: Part 1
    points: 6.5
    checks:
      - {id: 1a, check: layer, network: cnn, layer: 2, points: 2.5, title: Two units, hint: Count classes}
      - {id: 1b, check: parameters, network: cnn, count: 386, points: 3, title: As large as it should be}
      - {id: 1c, check: rules, network: own, points: 1, title: A design of your own}
  - id: q2
    title: In words
    checks:
      - {id: 2a, check: answered, question: Why?, points: 2, title: Why}
      - {id: 2b, check: answered, question: How?, about: [gradient], points: 1, title: How}
      - {id: 2c, check: printed, pattern: done, points: 1, title: Says that it is done}
proof: {exceptions: [{mutant: layer doubled, reason: The worksheet asks for it}]}
"""


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    return path


def published(path: Path, folder: Path) -> Rubric:
    assert main(["rubric", "publish", str(path), "--out", str(folder)]) == 0
    return load_rubric(folder / path.name)


@dataclass(frozen=True)
class Published:
    """A rubric that ships, and its copy in a folder."""

    whole: Rubric
    copy: Rubric
    path: Path
    folder: Path


@pytest.fixture(scope="module", params=RUBRICS, ids=lambda path: path.stem)
def shipped(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Published:
    path, folder = request.param, tmp_path_factory.mktemp("student")
    return Published(load_rubric(path), published(path, folder), path, folder)


def test_every_check_that_is_kept_is_the_rubrics_own(shipped: Published) -> None:
    whole, copy = shipped.whole, shipped.copy
    lines = {line.id: line for line in whole.checks}
    assert copy.checks
    assert all(line.model_dump() == lines[line.id].model_dump() for line in copy.checks)
    # What verdicts depend on beside their own line.
    for part in ("networks", "data", "templates", "limits", "mending"):
        assert getattr(copy, part) == getattr(whole, part)
    assert [(each.id, each.title, each.section) for each in copy.questions] == [
        (each.id, each.title, each.section) for each in whole.questions
    ]


def test_what_is_left_out_is_named_with_its_points(shipped: Published) -> None:
    whole, copy = shipped.whole, shipped.copy
    for asked, told in zip(whole.questions, copy.questions, strict=True):
        assert {line.id for line in asked.checks} == {each.id for each in (*told.checks, *told.later)}
        named = {line.id: (line.title, line.points) for line in asked.checks}
        assert all((each.title, each.points) == named[each.id] for each in told.later)
    assert copy.worth + sum(each.points for question in copy.questions for each in question.later) == 100
    page = (shipped.folder / "README.md").read_text()
    assert f"grade check NOTEBOOK.ipynb --rubric {shipped.path.name}" in page
    assert all(f"- {each.id}, " in page for question in copy.questions for each in question.later)


def test_a_copy_has_no_fault_and_is_its_own_copy(
    shipped: Published, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = shipped.copy
    assert main(["rubric", "lint", str(shipped.folder / shipped.path.name)]) == 0
    assert capsys.readouterr().out.endswith("0 errors, 0 warnings\n")
    assert student_copy(copy).model_dump() == copy.model_dump()


# Secrets. A text or a number is secret where it stands as the value of a secret parameter, in a hidden line,
# in the path of the reference, a proof, a comment or a calibration. The copy may hold it only as often as the
# public part of the rubric has it: its names, titles, sections, points, networks, data, limits, templates,
# and the lines of public checks that give no secret. Of the rest, the keys of the language and the sentences
# that every copy has are no secrets.


def leaves(value: Any) -> Iterator[str]:
    match value:
        case dict():
            for each in value.values():
                yield from leaves(each)
        case list() | tuple():
            for each in value:
                yield from leaves(each)
        case Number():
            yield value.text
        case None | bool():
            return
        case _:
            yield str(value)


def keys(value: Any) -> set[str]:
    match value:
        case dict():
            return value.keys() | set[str]().union(*map(keys, value.values()))
        case list():
            return set[str]().union(*map(keys, value))
    return set()


def is_public(line: dict[str, Any]) -> bool:
    secret = all_checks()[line["check"]].secrets.keys()
    return line.get("visibility") != "hidden" and not secret & line.keys()


def lines_of(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for question in document["questions"]:
        yield from question["checks"]


def public_leaves(document: dict[str, Any]) -> Iterator[str]:
    for key in ("id", "title", "data", "limits", "networks", "templates"):
        yield from leaves(document.get(key))
    for question in document["questions"]:
        yield from leaves([question["id"], question["title"], question.get("section")])
        for line in question["checks"]:
            yield from leaves(line if is_public(line) else [line["id"], line["title"], line["points"]])


def secrets_in(path: Path) -> set[str]:
    document = read_document(path).data
    found = {*leaves(document.get("reference")), *leaves(document.get("proof"))}
    found |= set(re.findall(r"(?:^|\s)# (.*)", path.read_text()))
    for line in lines_of(document):
        secret = all_checks()[line["check"]].secrets.keys()
        hidden = line.get("visibility") == "hidden"
        told = {"id", "check", "title", "points", "visibility"}
        for key in line.keys() - told if hidden else line.keys() & secret:
            found |= set(leaves(line[key]))
    calibration = path.with_suffix(".calibration.json")
    if calibration.is_file():
        found |= set(leaves(json.loads(calibration.read_text())))
    return found


def count(secret: str, texts: list[str]) -> int:
    """How often a text stands in others; a number is none where it is a part of another one."""
    edge = r"(?<![\w.]){}(?![\w.]*\d)" if re.fullmatch(r"[\d.]+", secret) else "{}"
    pattern = re.compile(edge.format(re.escape(secret)), re.IGNORECASE)
    return sum(len(pattern.findall(text)) for text in texts)


PROSE = """\
rubric: 1
id: x
title: x
data: {y: {kind: image_folder, classes: [z]}, mnist: {kind: keras_dataset}}
questions:
  - {id: q, title: q, checks: [{id: c, check: printed, pattern: p, title: c, points: 1}]}
"""


def test_nothing_secret_is_told(shipped: Published, tmp_path: Path) -> None:
    path, folder = shipped.path, shipped.folder
    whole, text = read_document(path).data, (folder / path.name).read_text()
    copy, page = read_document(folder / path.name).data, (folder / "README.md").read_text()
    decided = [each.pop("decided") for question in copy["questions"] for each in question.get("later", ())]
    del copy["total"], copy["rubric"]
    told, public = list(leaves(copy)), list(public_leaves(whole))
    (tmp_path / "x.yaml").write_text(PROSE)
    x = load_rubric(tmp_path / "x.yaml")
    prose = [page_text(x), copy_text(student_document(x)), *set(decided), *keys(copy)]
    secrets = secrets_in(path)
    assert len(secrets) > 5
    for secret in secrets:
        assert count(secret, told) <= count(secret, public), secret
        if not count(secret, [*public, *prose]):
            assert not count(secret, [text, page]), secret


def test_the_search_finds_what_is_told(small: Path) -> None:
    document = read_document(small).data
    secrets = secrets_in(small)
    assert {"the-answers.ipynb", "386", "gradient", "layer doubled", "it is 386"} <= secrets
    assert all(count(secret, list(leaves(document))) for secret in ("386", "gradient", "the-answers.ipynb"))
    assert not any(count(secret, list(public_leaves(document))) for secret in ("386", "gradient"))


def test_a_line_with_a_secret_is_left_out(small: Path, tmp_path: Path) -> None:
    copy = published(small, tmp_path / "student")
    assert [line.id for line in copy.checks] == ["1a", "1c", "2c"]
    assert copy.worth == 4.5 and copy.total == copy.worth
    assert copy.questions[0].points is None, "its sum would be another one"
    assert copy.checks[0].hint == "Count classes"
    assert [each.builds for each in copy.questions[0].later] == ["cnn"], (
        "where a network is built, models count"
    )
    assert "handing in" in copy.questions[0].later[0].decided
    assert copy.reference is None and not copy.proof.exceptions


def test_answers_are_judged_together_or_not_at_all(small: Path, tmp_path: Path) -> None:
    without_key = SMALL.replace(", about: [gradient]", "")
    small.write_text(without_key)
    assert {"2a", "2b"} <= {line.id for line in published(small, tmp_path / "open").checks}
    small.write_text(without_key.replace("title: Why}", "title: Why, visibility: hidden}"))
    assert not {"2a", "2b"} & {line.id for line in published(small, tmp_path / "closed").checks}


def test_a_network_that_only_hidden_checks_name_is_refused(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small.write_text(SMALL.replace("title: A design of your own}", "title: A design, visibility: hidden}"))
    assert main(["rubric", "publish", "small.yaml", "--out", "student"]) == 2
    assert '"own"' in capsys.readouterr().err
    assert not Path("student").exists()


def test_what_was_not_published_is_not_replaced(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rubric", "publish", "small.yaml", "--out", "."]) == 2
    assert "that is the rubric itself" in capsys.readouterr().err
    assert small.read_text() == SMALL
    Path("course").mkdir()
    Path("course/README.md").write_text("# Our course\n")
    assert main(["rubric", "publish", "small.yaml", "--out", "course"]) == 2
    assert Path("course/README.md").read_text() == "# Our course\n"
    assert [main(["rubric", "publish", "small.yaml", "--out", "student"]) for _ in range(2)] == [0, 0]


def test_nothing_is_left_to_check(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small.write_text(PROSE.replace("points: 1}", "points: 1, visibility: hidden}"))
    assert main(["rubric", "publish", "small.yaml", "--out", "student"]) == 2
    assert "none of its checks" in capsys.readouterr().err


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_hidden_the_copy_holds_the_rest_as_it_is(data: st.DataObject, tmp_path: Path) -> None:
    """For any choice of hidden lines: a line is kept exactly, or only named."""
    document = read_document(shipped_rubrics() / "worksheet5.yaml").data
    lines = list(lines_of(document))
    hidden = data.draw(st.sets(st.sampled_from([line["id"] for line in lines]), max_size=len(lines) - 5))
    for line in lines:
        line["visibility"] = "hidden" if line["id"] in hidden else "public"
    path = tmp_path / "worksheet5.yaml"
    path.write_text(copy_text(document))
    whole = load_rubric(path)
    copy = student_copy(whole)

    def as_it_is(line: CheckLine) -> bool:
        (own,) = [each for each in whole.checks if each.id == line.id]
        return own.model_dump() == line.model_dump() and own.visibility == "public"

    assert all(map(as_it_is, copy.checks))
    named = {each.id for question in copy.questions for each in question.later}
    assert hidden <= named
    assert named | {line.id for line in copy.checks} == {line["id"] for line in lines}


def test_a_network_that_a_public_rule_names_is_public(small: Path, tmp_path: Path) -> None:
    rules = "rules: {contains: [Conv2D], differs_from: [old]}}\n  old: {layers: [Flatten()]}"
    small.write_text(SMALL.replace("rules: {contains: [Conv2D]}}", rules))
    assert published(small, tmp_path / "student").networks.keys() == {"cnn", "own", "old"}
