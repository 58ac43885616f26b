"""Reading notebooks: everything readable is repaired, the rest is named, nothing raises."""

import json

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.submissions import read
from grader.submissions.read import read_notebook


def code(source="x = 1", **more):
    return {
        "cell_type": "code",
        "id": "a",
        "metadata": {},
        "source": source,
        "outputs": [],
        "execution_count": None,
        **more,
    }


def book(*cells, metadata=None, minor=5, major=4):
    usual = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    return {
        "cells": list(cells) or [code()],
        "metadata": usual if metadata is None else metadata,
        "nbformat": major,
        "nbformat_minor": minor,
    }


@pytest.fixture
def reading(tmp_path):
    def write_and_read(content):
        path = tmp_path / "work.ipynb"
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        got = read_notebook(path)
        if got.notebook is not None:
            nbformat.validate(got.notebook)
            assert (got.notebook.nbformat, got.notebook.nbformat_minor) == (4, 5)
            assert got.notebook.metadata.kernelspec.name == "python3"
        return got

    return write_and_read


def test_a_sound_notebook_needs_no_repair(reading):
    got = reading(
        book(code("import keras"), {"cell_type": "markdown", "id": "m", "metadata": {}, "source": "# T"})
    )
    assert got.problem is None and got.repairs == ()
    assert got.notebook.cells[0].source == "import keras"


def test_an_older_minor_version_is_no_fault(reading):
    cell = code()
    del cell["id"]
    got = reading(book(cell, minor=0))
    assert got.repairs == () and got.notebook.cells[0].id


class TestRepairs:
    @pytest.mark.parametrize(
        ("encoding", "says"),
        [
            ("utf-8-sig", "byte order mark"),
            ("utf-16", "byte order mark"),
            ("utf-16-le", "utf-16-le"),
            ("latin-1", "Latin-1"),
        ],
    )
    def test_other_encodings(self, reading, encoding, says):
        raw = json.dumps(book(code("name = 'é'")), ensure_ascii=False).encode(encoding)
        got = reading(raw)
        assert got.notebook.cells[0].source == "name = 'é'" and says in got.repairs[0]

    def test_missing_and_equal_ids(self, reading):
        bare = code()
        del bare["id"]
        got = reading(book(code(), code(), bare, code(id="not valid!")))
        assert len({cell.id for cell in got.notebook.cells}) == 4
        assert "two cells had the same id" in got.repairs
        assert "a cell had no valid id (2 times)" in got.repairs

    def test_reading_twice_gives_the_same_notebook(self, reading):
        assert reading(book(code(), code())) == reading(book(code(), code()))

    def test_widgets_without_state(self, reading):
        bad = {"application/vnd.jupyter.widget-state+json": {"abc": {"model_name": "FloatProgressModel"}}}
        got = reading(book(metadata={**book()["metadata"], "widgets": bad}))
        assert "widgets" not in got.notebook.metadata and "widgets" in got.repairs[0]

    def test_outputs_without_count_metadata_or_known_type(self, reading):
        outputs = [
            {"output_type": "execute_result", "data": {"text/plain": ["1"]}},
            {"output_type": "stream", "text": ["a", "b"]},
            {"output_type": "error", "ename": "KeyboardInterrupt"},
            {"output_type": "mystery"},
            {
                "output_type": "display_data",
                "data": {"application/json": {"a": 1}, "text/html": 5},
                "metadata": None,
            },
            "nonsense",
        ]
        cell = code(outputs=outputs)
        del cell["execution_count"]
        got = reading(book(cell))
        kept = got.notebook.cells[0].outputs
        assert [output.output_type for output in kept] == [
            "execute_result",
            "stream",
            "error",
            "display_data",
        ]
        assert kept[1].text == "ab" and kept[3].data["application/json"] == {}
        assert "an output of an unknown type was left out (2 times)" in got.repairs

    def test_source_as_list_and_missing_parts(self, reading):
        got = reading({"cells": [{"cell_type": "code", "source": ["a = 1\n", "b = 2"]}], "nbformat": 4})
        assert got.notebook.cells[0].source == "a = 1\nb = 2"
        assert got.problem is None and got.repairs

    @pytest.mark.parametrize(
        "metadata",
        [
            {"tags": "x"},
            {"tags": ["a,b"]},
            {"collapsed": "yes"},
            {"scrolled": 3},
            {"name": 1},
            {"jupyter": []},
            {"execution": {"shell.execute_reply": 5}},
        ],
    )
    def test_invalid_cell_metadata_is_left_out(self, reading, metadata):
        got = reading(book(code(metadata={**metadata, "colab": {"base_uri": "x"}})))
        assert dict(got.notebook.cells[0].metadata) == {"colab": {"base_uri": "x"}} and got.repairs

    @pytest.mark.parametrize("name", ["conda-env-tf-py", "python2", None])
    def test_another_kernel_becomes_python3(self, reading, name):
        spec = {"kernelspec": {"name": name, "display_name": "x"}} if name else {}
        got = reading(book(metadata=spec))
        assert got.problem is None and "python3" in got.repairs[0]

    def test_lone_surrogates_do_not_break_writing(self, reading):
        got = reading(json.dumps(book(code("s = '\ud800'"))))
        nbformat.writes(got.notebook).encode("utf-8")

    def test_what_is_told_is_one_line_whatever_it_quotes(self, reading):
        got = reading({**book(), "nbformat": ["a\nb\x1b"] * 999})
        other = reading(book(metadata={"kernelspec": {"language": "r\n" * 999}}))
        for told in (*got.repairs, other.problem):
            assert len(told) <= read.LONGEST_MESSAGE and told.isprintable()

    def test_trailing_commas_and_text_behind_the_end(self, reading):
        text = json.dumps(book(code("x = [1, ]  # ,]"))).replace("}]", "},]")
        got = reading(text + "\n<!-- saved -->")
        assert got.notebook.cells[0].source == "x = [1, ]  # ,]"
        assert len(got.repairs) == 2

    def test_raw_line_breaks_in_strings(self, reading):
        got = reading(json.dumps(book(code("a = 1\nb = 2"))).replace("\\n", "\n"))
        assert got.notebook.cells[0].source == "a = 1\nb = 2"

    def test_prose_that_nobody_wrote_is_cut_and_pictures_in_it_do_not_count(self, reading):
        picture = "![x](data:image/png;base64," + "iVBORw0K" * 30_000 + ")"
        words = "The deeper network is better. "
        texts = [{"cell_type": "markdown", "id": name, "metadata": {}, "source": ""} for name in "bcd"]
        texts[0]["source"], texts[1]["source"], texts[2]["source"] = picture + words, words * 10_000, words
        got = reading(book(*texts, code()))
        assert got.repairs == ("text beyond 100,000 characters was cut off",)
        first, second, third, _ = (cell.source for cell in got.notebook.cells)
        assert first.endswith(words) and len(first) < 100
        assert len(first + second) == 100_000 and third == ""
        small = {**texts[0], "source": picture[:90_000] + ")"}
        long = {**texts[1], "source": words * 3_000}
        got = reading(book(small, long, code()))
        assert got.repairs == () and got.notebook.cells[1].source == words * 3_000

    def test_format_3(self, reading):
        old = {
            "nbformat": 3,
            "nbformat_minor": 0,
            "metadata": {"name": "old"},
            "worksheets": [
                {
                    "cells": [
                        {"cell_type": "heading", "level": 2, "source": "Task 1", "metadata": {}},
                        {
                            "cell_type": "code",
                            "input": ["import keras\n", "x = 1"],
                            "prompt_number": 3,
                            "outputs": [{"output_type": "pyout", "prompt_number": 3, "text": ["1"]}],
                        },
                        {"cell_type": "code", "input": "y = 2"},
                    ]
                }
            ],
        }
        got = reading(old)
        assert [cell.cell_type for cell in got.notebook.cells] == ["markdown", "code", "code"]
        assert got.notebook.cells[1].source == "import keras\nx = 1"
        assert got.notebook.cells[1].outputs[0].data["text/plain"] == "1"
        assert "old format (nbformat 3)" in got.repairs[0]

    def test_format_2(self, reading):
        cells = [
            {"cell_type": "code", "input": "x = 1", "outputs": [], "language": "python", "collapsed": False}
        ]
        got = reading({"nbformat": 2, "metadata": {}, "worksheets": [{"cells": cells}]})
        assert got.notebook.cells[0].source == "x = 1"

    def test_format_3_that_is_damaged_keeps_its_code(self, reading):
        cells = [
            {"cell_type": "code", "input": "x = 1", "outputs": [{"output_type": "pyout", "png": 5}]},
            "?",
        ]
        got = reading({"nbformat": 3, "worksheets": [{"cells": cells}, "?"]})
        assert got.notebook.cells[0].source == "x = 1"


class TestProblems:
    @pytest.mark.parametrize(
        ("content", "says"),
        [
            (b"", "empty"),
            (b" \n\n", "empty"),
            (b"<!DOCTYPE html><html>404</html>", "web page"),
            (b"%PDF-1.7 ...", "PDF"),
            (b"PK\x03\x04rest", "zip"),
            (b"version https://git-lfs.github.com/spec/v1\noid sha256:1", "git-lfs"),
            (b"import keras\nx = 1\n", "Python script"),
            (b"hello", "no JSON"),
            (b"[1, 2]", "JSON but not a notebook"),
            (b'{"a": 1}', "no cells"),
            (b'{"cells": [{"cell_type": "co', "cut off"),
            (b'{"cells": [}}', "damaged"),
            (b'{"cells": 5}', "no cells"),
            (b'{"cells": [\n<<<<<<< HEAD\n1\n=======\n2\n>>>>>>> other\n]}', "conflict"),
            (b'{"cells": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "deep"),
            (b'{"cells": ' + b"[" * 400 + b"]" * 400 + b"}", "deep"),
            (b'{"cells": [' + b"1" * 5000 + b"]}", "damaged"),
            (b"\x00\x01\x02\xff" * 50, "no JSON"),
        ],
        ids=lambda value: value[:20] if isinstance(value, bytes) else None,
    )
    def test_files_that_are_no_notebook(self, reading, content, says):
        got = reading(content)
        assert got.notebook is None and says in got.problem and "\n" not in got.problem

    def test_an_open_string_is_read_once(self, reading):
        # In the square of its length this would take an hour; the runner's time limit would end it.
        assert "cut off" in reading(b'{"cells": ["' + b'\\"' * 500_000).problem

    def test_a_notebook_without_code_is_empty(self, reading):
        assert "no code" in reading(book(code("  \n"))).problem
        assert "no cells" in reading({**book(), "cells": []}).problem

    def test_a_template_with_only_comments_is_gradable(self, reading):
        assert reading(book(code("import keras\n# your code here"))).problem is None

    @pytest.mark.parametrize(
        ("metadata", "language"),
        [
            ({"kernelspec": {"name": "ir", "display_name": "R"}}, "R"),
            ({"kernelspec": {"name": "julia-1.9", "display_name": "Julia"}}, "Julia"),
            ({"kernelspec": {"name": "x", "display_name": "x", "language": "julia"}}, "Julia"),
        ],
    )
    def test_another_language(self, reading, metadata, language):
        assert language in reading(book(code("library(keras)"), metadata=metadata)).problem

    def test_python_under_a_wrong_kernel_is_python(self, reading):
        metadata = {"kernelspec": {"name": "ir", "display_name": "R"}}
        assert reading(book(code("from tensorflow import keras"), metadata=metadata)).problem is None

    def test_too_large(self, reading, monkeypatch):
        monkeypatch.setattr(read, "LARGEST", 100)
        assert "too large" in reading(book(code("x" * 200))).problem
        monkeypatch.undo()
        monkeypatch.setattr(read, "MOST_VALUES", 10)
        assert "too many values" in reading(book(code("x"))).problem
        monkeypatch.undo()
        monkeypatch.setattr(read, "MOST_TEXT", 2_000)
        assert reading(book(code("x" * 1_000))).problem is None
        assert "too large" in reading(json.dumps(book(code("🦊" + "x" * 1_000)), ensure_ascii=False)).problem

    def test_too_many_dictionaries_but_not_too_many_braces_in_code(self, reading, monkeypatch):
        monkeypatch.setattr(read, "MOST_OBJECTS", 20)
        assert reading(book(code("{" * 500 + '"{' * 50))).problem is None
        assert "too many values" in reading(book(code(metadata={"a": [{}] * 20}))).problem

    def test_no_file_a_folder_and_no_permission(self, tmp_path, monkeypatch):
        assert "cannot be read" in read_notebook(tmp_path / "missing.ipynb").problem
        assert "not a file" in read_notebook(tmp_path).problem


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
OUTPUT = st.dictionaries(
    st.sampled_from(["output_type", "data", "text", "metadata", "name", "traceback", "png"]), JSON
)
TYPED = st.builds(
    lambda kind, output: {**output, "output_type": kind},
    st.sampled_from(["stream", "error", "pyerr", "pyout", "display_data", "execute_result"]),
    OUTPUT,
)
CELL = st.builds(
    lambda kind, cell, outputs: {**cell, "cell_type": kind, "outputs": outputs},
    st.sampled_from(["code", "markdown", "raw", "heading", "x"]),
    st.dictionaries(
        st.sampled_from(["source", "input", "metadata", "id", "execution_count", "attachments"]), JSON
    ),
    st.lists(TYPED | OUTPUT | JSON, max_size=3) | JSON,
)
BOOK = st.fixed_dictionaries(
    {},
    optional={
        "cells": st.lists(CELL | JSON, max_size=4) | JSON,
        "worksheets": st.lists(
            st.fixed_dictionaries({"cells": st.lists(CELL | JSON, max_size=3)}) | JSON, max_size=2
        ),
        "metadata": st.dictionaries(
            st.sampled_from(["kernelspec", "language_info", "widgets", "title", "authors", "colab"]), JSON
        )
        | JSON,
        "nbformat": st.sampled_from([1, 2, 3, 4, 5, "4", None]),
        "nbformat_minor": JSON,
    },
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(BOOK)
def test_whatever_is_json_ends_as_a_valid_notebook_or_a_named_problem(reading, notebook):
    got = reading(notebook)
    assert got.notebook is not None or got.problem


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_whatever_bytes_never_raise(reading, raw):
    got = reading(raw)
    assert got.notebook is not None or got.problem
