"""Code cells read as Python without running them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.submissions.framework import framework_of, other_framework
from grader.submissions.source import Expression, parse_cell, parse_cells


def notebook(*sources):
    return {"cells": [{"cell_type": "code", "source": source} for source in sources]}


class TestNames:
    @pytest.mark.parametrize(
        ("source", "defines", "uses"),
        [
            ("x = y + 1", {"x"}, {"y"}),
            ("x = 1\nz = x", {"x", "z"}, set()),
            ("z = x\nx = 1", {"x", "z"}, {"x"}),
            ("count += 1", {"count"}, {"count"}),
            ("for a, (b, *c) in items: d = a", {"a", "b", "c", "d"}, {"items"}),
            ("with open(p) as f, g() as h: pass", {"f", "h"}, {"p", "g"}),
            (
                "import tensorflow as tf\nimport os.path\nfrom keras import layers as L",
                {"tf", "os", "L"},
                set(),
            ),
            ("def build(n=size):\n    return Dense(n, units)", {"build"}, {"size", "Dense", "units"}),
            ("def f():\n    return late\nlate = 1", {"f", "late"}, set()),
            ("def f():\n    global made\n    made = 1", {"f", "made"}, set()),
            ("class Net(Model):\n    def call(self, x): return self.d(x) + bias", {"Net"}, {"Model", "bias"}),
            ("ys = [f(x) for x in xs if x > low]", {"ys"}, {"f", "xs", "low"}),
            ("if (n := len(items)) > 3: print(n)", {"n"}, {"items"}),
            ("try:\n    pass\nexcept OSError as error:\n    print(error)", {"error"}, set()),
            ("model.fit(x)", set(), {"model", "x"}),
            ("g = lambda a: a * scale", {"g"}, {"scale"}),
            (
                "match command:\n    case [first, *rest]: pass\n    case other: pass",
                {"first", "rest", "other"},
                {"command"},
            ),
            ("x: int\ny: int = x0", {"x", "y"}, {"x0"}),
        ],
    )
    def test_made_and_needed(self, source, defines, uses):
        cell = parse_cell(0, source)
        assert cell.syntax_error is None
        assert cell.defines - {"x"} == defines - {"x"} and defines <= cell.defines | {"x"}
        assert cell.uses == uses

    def test_what_a_kernel_has_is_not_needed(self):
        assert parse_cell(0, "display(print(len(__name__)))\nget_ipython()").uses == set()


class TestMagics:
    @pytest.mark.parametrize(
        "source",
        [
            "!pip install keras",
            "%pip install keras",
            "pip install keras",
            "%cd /content",
            "cd /content",
            "ls",
            "plt?",
        ],
    )
    def test_commands_are_python(self, source):
        cell = parse_cell(0, source)
        assert cell.syntax_error is None and "get_ipython()" in cell.python

    def test_automagic_works_alone_in_a_cell_only(self):
        cell = parse_cell(0, "pip install keras\nx = 1")
        assert cell.syntax_error is not None and cell.syntax_error[1] == 1
        assert cell.defines == {"x"}

    @pytest.mark.parametrize("source", ["cd = 1", "ls(x)", "cat.feed()", "mv, rm = 1, 2"])
    def test_names_that_look_like_commands_stay_names(self, source):
        assert "get_ipython" not in parse_cell(0, source).python

    @pytest.mark.parametrize("source", ["%%time\nx = f()", "\n%%capture out\nx = f()", "%time x = f()"])
    def test_timed_code_is_seen(self, source):
        cell = parse_cell(0, source)
        assert "x" in cell.defines and cell.calls[-1].name == "f"

    def test_line_numbers_survive(self):
        assert parse_cell(0, "%%time\n\nmodel.fit(x)").calls[0].line == 3

    def test_other_languages_cells_are_no_python_of_ours(self):
        cell = parse_cell(0, "%%bash\nfor f in *; do echo $f; done")
        assert cell.syntax_error is None and cell.defines == set()

    def test_waiting_at_the_top_level_is_allowed_and_returning_is_not(self):
        assert parse_cell(0, "await thing()").syntax_error is None
        assert "return" in parse_cell(0, "return 5").syntax_error[0]


class TestBrokenCells:
    def test_the_rest_of_a_cell_with_prose_is_read(self):
        cell = parse_cell(0, "This is my answer.\nmodel = build(3)\nhistory = model.fit(x)")
        assert cell.tree is None and cell.syntax_error[1] == 1
        assert cell.defines == {"model", "history"}
        assert [call.dotted for call in cell.calls] == ["build", "model.fit"]

    def test_names_meant_by_the_broken_lines_themselves(self):
        cell = parse_cell(
            0, "size = # your code here\nmodel = Sequential([\n  Dense(1,\n\nimport os, sys as s\n"
        )
        assert {"size", "model", "os", "s"} <= cell.defines

    def test_a_function_whose_body_is_broken_is_still_meant(self):
        assert "build" in parse_cell(0, "def build(:\n    return 1").defines

    @pytest.mark.parametrize(
        "source",
        [
            "(" * 5000,
            "x = " + "-" * 50_000 + "1",
            "a" + ".b" * 50_000,
            "\0",
            "x = 1" * 300_000,
            "\t \n  x",
            "'''",
            ";" * 20_000,
            ", ; / " * 5_000,
            "'\\" * 60_000,
        ],
        ids=["brackets", "minus", "dots", "null", "long", "indent", "quotes", "calls", "spaced", "open"],
    )
    def test_nothing_raises_or_takes_for_ever(self, source):
        parse_cell(0, source)


class TestCalls:
    def test_a_fit_as_written(self):
        cell = parse_cell(
            3, "history = model.fit(train_ds, epochs=50*5, callbacks=[stop, Mode('min')], **more)"
        )
        call = next(call for call in cell.calls if call.name == "fit")
        assert (call.dotted, call.receiver, call.line) == ("model.fit", "model", 1)
        assert call.args == ("train_ds",) and isinstance(call.args[0], Expression)
        assert call.keywords["epochs"] == 250
        assert call.keywords["callbacks"] == ["stop", "Mode('min')"] and call.keywords["**"] == "more"

    def test_literals_are_values(self):
        call = parse_cell(0, "f(1./255, -1, (3, 3), {'a': [1]}, 'text', None, x/2)").calls[0]
        assert call.args[:6] == (1 / 255, -1, (3, 3), {"a": [1]}, "text", None)
        assert call.args[4] == "text" and not isinstance(call.args[4], Expression)
        assert isinstance(call.args[6], Expression)

    def test_aliases_are_resolved_across_cells(self):
        cells = parse_cells(
            notebook(
                "import tensorflow as tf\nfrom tensorflow.keras import layers",
                "from keras.layers import Conv2D as C\nimport os.path",
                "tf.keras.Sequential([layers.Dense(3), C(32, 3)])\nos.path.join(a)",
            )
        )
        assert [call.resolved for call in cells[2].calls] == [
            "tensorflow.keras.Sequential",
            "tensorflow.keras.layers.Dense",
            "keras.layers.Conv2D",
            "os.path.join",
        ]

    def test_chains(self):
        assert parse_cell(0, "a.map(f).batch(16)").calls[-1].dotted in ("a.map().batch", "a.map")
        assert {call.name for call in parse_cell(0, "a.map(f).batch(16)").calls} == {"map", "batch"}
        assert parse_cell(0, "models[0].fit(x)").calls[0].receiver == "models"

    def test_constants_strings_and_comments(self):
        cell = parse_cell(0, "# Load\nroot = Path('D:/a')  # mine\nn = 16\nprint(f'seen {n} of # x')")
        assert cell.constants == {"root": "D:/a", "n": 16}
        assert {"D:/a", "seen ", " of # x"} == set(cell.strings)
        assert cell.comments == ("Load", "mine")


def test_markdown_cells_keep_their_numbers():
    cells = [{"cell_type": "markdown", "source": "x"}, {"cell_type": "code", "source": ["a = 1\n", "b = 2"]}]
    (cell,) = parse_cells({"cells": cells})
    assert cell.index == 1 and cell.defines == {"a", "b"}


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80) | st.text(alphabet="abc=()[]:\n #'\"%!.,fordef", max_size=60))
def test_any_text_can_be_read(source):
    cell = parse_cell(0, source)
    assert (cell.tree is None) == (cell.syntax_error is not None)


class TestFramework:
    @pytest.mark.parametrize(
        ("sources", "framework"),
        [
            (["import tensorflow as tf"], "keras"),
            (["from keras.models import Sequential"], "keras"),
            (["import torch", "import keras"], "keras"),
            (["import torch\nfrom torchvision import datasets"], "pytorch"),
            (["%%time\nimport torch"], "pytorch"),
            (["import torch\nthis is prose here"], "pytorch"),
            (["from flax import linen"], "jax"),
            (["import numpy"], "none"),
            (["# import torch"], "none"),
            (["model = tf.keras.Sequential()"], "keras"),
            ([""], "none"),
        ],
    )
    def test_by_imports(self, sources, framework):
        assert framework_of(notebook(*sources)) == framework

    def test_only_other_frameworks_are_refused(self):
        assert "PyTorch" in other_framework(notebook("import torch"))
        assert other_framework(notebook("import numpy")) is None
        assert other_framework(notebook("import keras")) is None


def test_of_a_megabyte_of_code_only_the_beginning_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.submissions.source.MOST_CODE", 15)
    cells = [{"cell_type": "code", "source": f"name_{number} = {number}"} for number in range(3)]
    first, second, third = parse_cells({"cells": cells})
    assert (first.defines, second.defines, third.defines) == ({"name_0"}, frozenset(), frozenset())
    assert third.syntax_error == ("the cell is too long to be code", 1)
