"""Reading a rubric: what comes of a good one, and what is told about a bad one."""

from __future__ import annotations

import pickle
from decimal import Decimal
from pathlib import Path

import pytest

from grader.errors import UserError
from grader.network.rules import FreeNetwork
from grader.network.spec import parse_layer
from grader.rubric import load
from grader.rubric.load import RubricError, available_rubrics, load_rubric


def test_a_rubric_is_read_as_it_is_written(small: Path) -> None:
    rubric = load_rubric(small)

    assert (rubric.id, rubric.title, rubric.templates) == (
        "small",
        "A small worksheet",
        ("Your answer here",),
    )
    assert (rubric.limits.cell, rubric.limits.notebook, rubric.limits.memory) == (30.0, 90.0, 512 * 2**20)
    assert rubric.data["digits"].images == {"train": 3, "test": 2}
    assert [question.section for question in rubric.questions] == ["Task 1", None]
    assert [line.id for line in rubric.checks] == ["1a", "1b", "2a", "2b"]
    assert [line.visibility for line in rubric.checks] == ["public", "public", "public", "hidden"]
    assert rubric.checks[1].hint == "Look at the shapes"
    assert rubric.reference_path == small.parent / "small.ipynb"


def test_a_check_line_holds_the_parameters_of_its_check_with_their_defaults(small: Path) -> None:
    trained, learns = load_rubric(small).checks[2:]

    assert trained.parameters.model_dump() == {"network": "cnn", "epochs": 250, "validation": True}
    assert learns.parameters.model_dump() == {
        "data": "digits",
        "budget": {"epochs": 3, "seconds": 1.0},
        "at_least": "reference",
        "optimizer": "adam",
        "split": "test",
    }


def test_points_are_exact_decimals(small: Path) -> None:
    small.write_text(small.read_text().replace("2.25", "2.35").replace("0.25", "0.15"))

    rubric = load_rubric(small)

    assert [question.worth for question in rubric.questions] == [Decimal("2.50"), Decimal("1.5")]
    assert rubric.worth == 4


def test_a_rubric_survives_pickling_so_that_other_processes_can_have_it(small: Path) -> None:
    rubric = load_rubric(small)
    copy = pickle.loads(pickle.dumps(rubric))

    assert copy == rubric
    assert copy.path == small
    assert copy.checks[2].parameters == rubric.checks[2].parameters


def test_the_digest_follows_what_a_rubric_says_not_how_or_where(small: Path) -> None:
    digest = load_rubric(small).digest
    elsewhere = small.parent / "other.yaml"
    elsewhere.write_text("# a comment\n" + small.read_text().replace("{epochs: 3}", "\n          epochs: 3"))
    assert load_rubric(elsewhere).digest == digest

    elsewhere.write_text(small.read_text().replace("epochs: 250", "epochs: 200"))
    assert load_rubric(elsewhere).digest != digest


FAULTS = [
    ("title: A small", "titel: A small", 'unknown key "titel"; did you mean "title"?'),
    ("rubric: 1", "rubric: 2", '"rubric" should be 1, found 2'),
    ("rubric: 1", "# rubric: 1", 'the key "rubric" is missing'),
    ("total: 4", "total: 5", "the questions add up to 4 points, not 5"),
    ("points: 2.5\n", "points: 3\n", "the checks add up to 2.5 points, not 3"),
    ("points: 2.25", "points: 2.2501", '"points" should have no more than 3 decimal places, found 2.2501'),
    ("points: 2.25", "points: -1", '"points" should be greater than or equal to 0, found -1'),
    ("points: 2.25", "points: lots", '"points" should be a number, found "lots"'),
    ("check: layer,", "check: lyer,", 'there is no check "lyer"; did you mean "layer"?'),
    ("network: cnn, layer", "network: cn, layer", 'no network "cn" under "networks"; did you mean "cnn"?'),
    ("data: digits", "data: digit", 'no data set "digit" under "data"; did you mean "digits"?'),
    ("layer: 5", "layer: 6", 'the network "cnn" has layers 1 to 5, none at 6'),
    ("layers: [1, 2]", "layers: [0, 2]", 'the network "cnn" has layers 1 to 5, none at 0'),
    ("epochs: 250", "epoch: 250", 'unknown key "epoch"; did you mean "epochs"?'),
    ("validation: true", "visability: true", 'unknown key "visability"; did you mean "visibility"?'),
    ("validation: true", "validation: maybe", '"validation" should be true or false, found "maybe"'),
    ("epochs: 250", "epochs: [250]", '"epochs" should be a whole number or text, found a list'),
    ("{epochs: 3}", "{epochs: 3, epoch: 1}", 'unknown key "epoch"; did you mean "epochs"?'),
    ("{epochs: 3}", "{seconds: 3}", 'the key "epochs" is missing'),
    ("visibility: hidden", "visibility: hiden", 'found "hiden"; did you mean "hidden"?'),
    ("id: 2b", "id: 1a", 'the id "1a" is taken already; ids are unique in a rubric'),
    ("id: task2", "id: task1", 'the id "task1" is taken already'),
    ("id: 2b", "id: task1", 'the id "task1" is taken already'),
    ("id: task2", "id: 2.1", '"id" should be text, found 2.1; put it in quotes'),
    ("id: task2", "id: task 2", '"id" should be a word of letters, digits'),
    ("{train: 3, test: 2}", "{trian: 3}", '"trian" is none of the splits; did you mean "train"?'),
    ("split: test", "split: tset", '"tset" is none of the splits; did you mean "test"?'),
    ("kind: image_folder", "kind: image_foldr", 'did you mean "image_folder"?'),
    ("kind: image_folder, splits", "splits", 'the key "kind" is missing'),
    ("classes: [one, two]", "clases: [one, two]", 'unknown key "clases"; did you mean "classes"?'),
    ("digits: {kind: image_folder,", "mnst: {kind: keras_dataset,", 'no data set "mnst" of keras.datasets'),
    ("kind: image_folder,", "kind: keras_dataset,", 'unknown key "images"'),
    ("cell: 30s", "cell: 30", '"cell" should be a duration such as 60s or 10min'),
    ("512MiB", "512mb", '"memory" should be a size such as 512MiB or 6GiB'),
    ("limits: {cell", "limits: {cel", 'unknown key "cel"; did you mean "cell"?'),
    ("- Flatten()", "- 7", "should be a layer such as Dense(64)"),
    ("- Flatten()", "- Flaten()", 'did you mean "Flatten"?'),
    ("- Flatten()", "- Flatten(", "Flatten("),
    ("- Dense(2,", "- Dense(unit=2,", 'did you mean "units"?'),
    ("unordered: [Dense(4), Dense(5)]", "unordered: [Dense(4)]", "should have at least 2 entries"),
    ("unordered: [Dense(4), Dense(5)]", f"unordered: [{'Flatten(), ' * 6}]", "should have at most 5 entries"),
    ("[Dropout]", "[Dropuot]", 'did you mean "Dropout"?'),
    ("questions:", "questions: []\nothers:", '"questions" should have at least one entry'),
    ("total: 4", "title: again", '"title" stands twice, first on line 3'),
    ("rubric: 1\n", "rubric: 1: 2\n", "not YAML: mapping values are not allowed here"),
    (
        "points: 2.5\n",
        "points: !!python/name:os.system 2\n",
        "the tag !!python/name:os.system is not allowed",
    ),
]


@pytest.mark.parametrize(("written", "instead", "message"), FAULTS)
def test_a_fault_is_told_with_its_line(small: Path, written: str, instead: str, message: str) -> None:
    text = small.read_text()
    line = text[: text.index(written)].count("\n") + 1
    small.write_text(text.replace(written, instead, 1))

    with pytest.raises(RubricError) as raised:
        load_rubric("small.yaml")

    told = str(raised.value).splitlines()
    assert any(problem.startswith(f"small.yaml:{line}: ") and message in problem for problem in told), told


def test_a_data_set_of_keras_needs_no_more_than_its_name(small: Path) -> None:
    text = small.read_text().replace("data: digits", "data: cifar10")
    folder = next(line for line in text.splitlines() if "image_folder" in line)
    small.write_text(text.replace(folder, "  cifar10: {kind: keras_dataset}"))

    assert load_rubric("small.yaml").data["cifar10"].splits == ("train", "test")


def test_a_network_is_what_its_lines_say(small: Path) -> None:
    network = load_rubric(small).networks["cnn"].expected()

    assert network.input == (8, 8, 3)
    assert [line.kind for line in network.lines] == ["Conv2D", "Flatten", "Dense", "Dense", "Dense"]
    assert network.allows("Dropout")


def test_all_faults_of_a_file_are_told_at_once_in_the_order_of_their_lines(small: Path) -> None:
    text = small.read_text()
    for written, instead in [
        ("title: A small", "titel: A small"),
        ("total: 4", "total: 5"),
        ("layer: 5", "layer: 50"),
        ("check: layers", "check: leyers"),
        ("epochs: 250", "epochs: {}"),
    ]:
        text = text.replace(written, instead)
    small.write_text(text)

    with pytest.raises(RubricError) as raised:
        load_rubric(small)

    lines = [problem.line for problem in raised.value.problems]
    assert lines == sorted(lines)
    assert len(str(raised.value).splitlines()) == len(lines) == 6


def test_a_python_check_names_the_function_it_calls(small: Path) -> None:
    line = '      - {id: 2c, check: python, title: "mine", points: 0}\n'
    lines = small.read_text().count("\n") + 1
    small.write_text(small.read_text() + line)

    with pytest.raises(RubricError, match=rf'small.yaml:{lines}: the key "call" is missing'):
        load_rubric(small)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "1: the file is empty"),
        (b"just words", "1: should be a mapping of keys to values"),
        (b"a: 1\n---\na: 2", "not YAML: "),
        (b"rubric: 1\ntitle: caf\xe9", "2: not UTF-8 text; save the file as UTF-8"),
        (b"x" * (load.LARGEST + 1), "larger than 1 MiB"),
        (b"[" * 100_000, "nested too deeply"),
        (b"a: \x00", "not YAML: "),
        (
            b'"a\\n\\u001b[31m\\ud800"',
            '1: should be a mapping of keys to values, found "a\\n\\x1b[31m\\ud800"',
        ),
        (b"rubric: 1\n? " + b"x" * 100_000 + b"\n: 1", "unknown key"),
    ],
)
def test_what_is_no_rubric_is_refused_in_one_line(folder: Path, content: bytes, message: str) -> None:
    (folder / "bad.yaml").write_bytes(content)

    with pytest.raises(UserError) as raised:
        load_rubric("bad.yaml")

    assert message in str(raised.value)
    for line in str(raised.value).split("\n"):
        assert line.startswith("bad.yaml:") and line.isprintable() and len(line) < 1100


def test_a_byte_order_mark_is_no_fault(small: Path) -> None:
    small.write_bytes(b"\xef\xbb\xbf" + small.read_bytes())
    assert load_rubric(small).id == "small"


def test_a_name_is_found_in_the_rubrics_folder_before_the_shipped_ones(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = small.parent / "shipped"
    shipped.mkdir()
    for name in ("small", "other"):
        (shipped / f"{name}.yaml").write_text(small.read_text())
    monkeypatch.setattr(load, "shipped_rubrics", lambda: shipped)
    assert load_rubric("small").path == shipped / "small.yaml"

    Path("rubrics").mkdir()
    small.rename("rubrics/small.yaml")
    assert load_rubric("small").path == small.parent / "rubrics/small.yaml"
    assert available_rubrics() == {"small": Path("rubrics/small.yaml"), "other": shipped / "other.yaml"}


def test_an_unknown_rubric_is_told_with_the_nearest_name(small: Path) -> None:
    Path("rubrics").mkdir()
    small.rename("rubrics/small.yaml")

    with pytest.raises(UserError, match=r'no rubric "smal" .*; did you mean "small"\?'):
        load_rubric("smal")
    with pytest.raises(UserError, match=r'no rubric at "nowhere/small.yaml"'):
        load_rubric("nowhere/small.yaml")
    with pytest.raises(UserError, match=r'no rubric at "rubrics.+: that is a folder'):
        load_rubric("./rubrics/")


def freely(small: Path, own: str) -> Path:
    """The small rubric with another network beside its own, on line 9."""
    small.write_text(small.read_text().replace("networks:\n", f"networks:\n  own: {own}\n", 1))
    return small


def test_a_network_may_have_rules_in_place_of_layers(small: Path) -> None:
    rules = (
        "{contains: [Conv2D, pooling, Dense], ends_with: 'Dense(2, activation=\"softmax\")', "
        "parameters: 1_000..5_000_000, differs_from: [cnn]}"
    )
    network = load_rubric(freely(small, f"{{input: [8, 8, 3], rules: {rules}}}")).networks["own"].expected()

    assert isinstance(network, FreeNetwork)
    assert [each.text for each in network.contains] == ["Conv2D", "pooling", "Dense"]
    assert network.ends_with == parse_layer('Dense(2, activation="softmax")')
    assert (network.input, network.at_least, network.at_most) == ((8, 8, 3), 1_000, 5_000_000)
    assert network.differs_from == ("cnn",)


@pytest.mark.parametrize("ends", ["{at_least: 1_000}", "{at_most: 5000}"])
def test_either_end_of_the_parameters_may_be_missing(small: Path, ends: str) -> None:
    network = load_rubric(freely(small, f"{{rules: {{parameters: {ends}}}}}")).networks["own"].expected()

    assert isinstance(network, FreeNetwork)
    assert {network.at_least, network.at_most} in ({None, 1_000}, {None, 5_000})


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ("{input: [8]}", "a network has either layers or rules"),
        ("{layers: [Flatten()], rules: {contains: [conv]}}", "a network has either layers or rules"),
        ("{rules: {}}", "rules should have contains, ends_with, parameters or differs_from"),
        ("{rules: {contains: [pools]}}", '"pools" is no family of layers; did you mean "pooling"?'),
        ("{rules: {contains: [Conv2]}}", 'unknown layer "Conv2"; did you mean "Conv2D"?'),
        ("{rules: {ends_with: 'Dense(10, unit=3)'}}", 'Dense has no argument "unit"; did you mean "units"?'),
        ("{rules: {parameters: 9..3}}", "at_least (9) is more than at_most (3)"),
        ("{rules: {parameters: {}}}", "parameters should have at_least, at_most or both"),
        ("{rules: {contain: [conv]}}", 'unknown key "contain"; did you mean "contains"?'),
        (
            "{rules: {contains: [conv]}, may_add: [Dropout]}",
            "may_add belongs to layers",
        ),
        ("{rules: {differs_from: [cn]}}", 'no network "cn" under "networks"; did you mean "cnn"?'),
        ("{rules: {differs_from: [own]}}", '"own" cannot differ from itself'),
    ],
)
def test_rules_that_cannot_be_are_told_with_their_line(small: Path, own: str, told: str) -> None:
    with pytest.raises(RubricError) as error:
        load_rubric(freely(small, own))

    assert "small.yaml:10: " in str(error.value) and told in str(error.value)


def test_a_layer_of_a_network_without_layers_is_an_error(small: Path) -> None:
    path = freely(small, "{rules: {contains: [conv]}}")
    path.write_text(path.read_text().replace("check: layer, network: cnn", "check: layer, network: own"))

    with pytest.raises(RubricError, match='the network "own" has rules and no layers'):
        load_rubric(path)
