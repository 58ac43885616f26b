"""``%grade`` in a real kernel, as a student calls it while the notebook is being written."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import pytest
from live_kernel import CELLS, ROOT, Live, Shown, end, live

from grader.grading.mark import mark
from grader.grading.points import questions_of
from grader.grading.prepare import prepare
from grader.rubric.load import load_rubric

WHERE = "./rubrics and the rubrics that come with the grader"

Played = tuple[Live, list[Shown]]


def state(shown: Shown, title: str) -> str:
    """The sign beside a requirement: ✓ met, ◐ partly, ✗ not met, ? to be read, ○ not seen."""
    (sign,) = re.findall(rf"^  (\S) {re.escape(title)}", shown.text, re.MULTILINE)
    return sign


class TestLoadedFirst:
    def test_before_anything_is_built_it_says_what_to_do(self, from_the_start: Played) -> None:
        _, shown = from_the_start
        assert shown[0].printed == shown[0].error == ""
        assert shown[1].text.startswith("A small CNN <for a test>: 12 not seen here\n")
        assert "Keras is not imported yet, so nothing is built" in shown[1].text

    def test_what_was_done_is_judged_and_nothing_else(self, from_the_start: Played) -> None:
        kernel, _ = from_the_start
        told = kernel.run("%grade small")
        assert state(told, "Four filters, same padding") == "◐"
        assert 'Set padding="same"; it is "valid".' in told.text
        for title in (
            "Three classes with softmax",
            "Compiled with Adam",
            "The loss fits the labels",
            "Three epochs",
            "Batches of eight",
            "The curve of the loss",
            "Saved to a file",
        ):
            assert state(told, title) == "✓", title
        assert state(told, "Early stopping") == "✗"
        for title in ("Its summary", "An observation", "Says the end"):
            assert state(told, title) == "○", title
        assert "Three epochs  (In [6])" in told.text
        assert "Written answers are not seen" in told.text

    def test_a_question_can_be_asked_for(self, from_the_start: Played) -> None:
        kernel, _ = from_the_start
        told = kernel.run("%grade small BUILD")
        assert "Four filters" in told.text and "Compiled with Adam" not in told.text
        assert "Compiled with Adam" in kernel.run("%grade rubrics/small.yaml build train").text

    def test_the_html_holds_the_networks_side_by_side_and_loads_nothing(self, from_the_start: Played) -> None:
        kernel, _ = from_the_start
        html = kernel.run("%grade small").html
        tags = _Tags()
        tags.feed(html)
        assert "Conv2D(4, 3×3, padding=&#34;same&#34;) → relu" in html
        assert "A small CNN &lt;for a test&gt;" in html
        assert "\n\n" not in html
        assert "table" in tags.names
        assert tags.names.isdisjoint({"script", "link", "img", "iframe", "object", "form", "meta"})
        assert tags.addresses == [] and "url(" not in html and "@import" not in html
        rules = re.search(r"<style>(.*)</style>", html, re.DOTALL)
        assert rules is not None
        selectors = re.findall(r"([^{}]+)\{", re.sub(r"/\*.*?\*/", "", rules[1]))
        assert all(part.strip().startswith(".cnn-grader") for each in selectors for part in each.split(", "))

    def test_hidden_requirements_and_what_shows_them_stay_hidden(self, from_the_start: Played) -> None:
        kernel, _ = from_the_start
        told = kernel.run("%grade secret")
        assert "A hidden requirement" not in told.html + told.text
        assert "<table" not in told.html

    @pytest.mark.parametrize(
        ("line", "message"),
        [
            ("%grade smal", f'no rubric "smal" in {WHERE}; did you mean "small"?'),
            ("%grade small trian", 'small has no question "trian"; did you mean "train"?'),
            ("%grade small 9", 'small has no question "9"; there are build, train, results'),
            ("%grade nowhere/x.yaml", 'no rubric at "nowhere/x.yaml"'),
        ],
    )
    def test_a_slip_is_told_in_one_line(self, from_the_start: Played, line: str, message: str) -> None:
        told = from_the_start[0].run(line)
        assert (told.printed, told.error, told.html) == (f"grade: {message}\n", "", "")

    def test_without_a_rubric_it_names_those_there_are(self, from_the_start: Played) -> None:
        told = from_the_start[0].run("%grade")
        assert told.printed.startswith("grade: which rubric? %grade RUBRIC") and "small" in told.printed

    def test_the_session_is_left_as_it_was(self, from_the_start: Played) -> None:
        kernel, _ = from_the_start
        before = kernel.names()
        about = (
            "print(hash(str(keras.saving.serialize_keras_object(model))),"
            " np.random.get_state()[1].sum(), plt.get_fignums())"
        )
        one = kernel.run(about).printed
        kernel.run("%grade small")
        assert kernel.run(about).printed == one
        assert kernel.names() == before
        assert kernel.run("print(repr(_))").printed == "''\n"

    def test_it_answers_at_once(self, from_the_start: Played) -> None:
        kernel, _ = from_the_start
        kernel.run("%grade small")
        began = time.monotonic()
        assert kernel.run("%grade small").html
        assert time.monotonic() - began < 2

    def test_figures_are_as_matplotlib_draws_them(self, sheet: Path) -> None:
        kernel = live(sheet)
        try:
            drawn = (
                "import hashlib, io\nimport matplotlib.pyplot as plt\n"
                "figure, held = plt.figure(), io.BytesIO()\nplt.plot([1, 2])\n"
                "figure.savefig(held, format='png'); plt.close()\n"
                "print(hashlib.sha256(held.getvalue()).hexdigest())"
            )
            alone = kernel.run(drawn).printed
            assert not kernel.run("%load_ext grader").error
            assert kernel.run(drawn).printed == alone
        finally:
            end(kernel)

    def test_watching_shortens_and_consumes_nothing(self, from_the_start: Played) -> None:
        kernel, _ = from_the_start
        kernel.run("import tensorflow as tf")
        looked = kernel.run(
            "passes = []\n"
            "def batches():\n"
            "    passes.append(0)\n"
            "    for start in range(0, 24, 8):\n"
            "        passes[-1] += 1\n"
            "        yield x[start:start + 8], y[start:start + 8]\n"
            "kind = (tf.TensorSpec((None, 8, 8, 1)), tf.TensorSpec((None,), tf.int64))\n"
            "data = tf.data.Dataset.from_generator(batches, output_signature=kind)\n"
            "other = keras.models.clone_model(model)\n"
            "other.compile('adam', 'sparse_categorical_crossentropy')\n"
            "other.fit(data, epochs=4, verbose=0)\n"
            "print(passes, len(other.history.epoch), other.predict(x, verbose=0).shape)\n"
            "del other, data, kind"
        )
        assert looked.printed == "[3, 3, 3, 3] 4 (24, 3)\n", looked.traceback


class TestAgainstTheFullGrade:
    def test_what_is_met_live_is_met_when_the_notebook_is_graded(
        self, from_the_start: Played, kernels: Any, sheet: Path
    ) -> None:
        _, shown = from_the_start
        rubric = load_rubric(sheet / "rubrics" / "small.yaml")
        executed = kernels.climb(*CELLS)
        verdicts = mark(rubric, prepare(executed.evidence, executed.notebook, rubric, {}, {}), None)
        questions = questions_of(rubric, verdicts)
        graded = {check.title: check.status for question in questions for check in question.checks}
        live = {title: state(shown[-1], title) for title in graded}
        met = {title for title, sign in live.items() if sign == "✓"}
        assert len(met) == 7 and {graded[title] for title in met} == {"passed"}
        wrong = {title for title, sign in live.items() if sign in "◐✗"}
        assert wrong and {graded[title] for title in wrong} <= {"partial", "failed"}


class TestTheDocumentation:
    def test_every_line_of_it_works(self, from_the_start: Played, sheet: Path) -> None:
        worksheet = (ROOT / "rubrics" / "worksheet5.yaml").read_text()
        (sheet / "rubrics" / "mine.yaml").write_text(worksheet)
        blocks = re.findall(r"^```python\n(.*?)^```$", (ROOT / "docs/live.md").read_text(), re.M | re.S)
        lines = [line for block in blocks for line in block.splitlines()]
        assert lines[0] == "%load_ext grader" and len(lines) == 4
        for line in lines[1:]:
            told = from_the_start[0].run(line)
            assert told.html and not told.printed + told.error, line


class TestCellsThatRunAgain:
    def test_the_last_run_of_a_cell_counts(self, from_the_start: Played) -> None:
        kernel, _ = from_the_start
        build = CELLS[2].replace("model =", "again =").replace("model.", "again.")
        kernel.run(build.replace("Dense(3", "Dense(5"), cell="b")
        kernel.run("again.summary()", cell="s")
        kernel.run(build.replace("layers.Conv2D(4, 3", "layers.Conv2D(4, 3, padding='same'"), cell="b")
        told = kernel.run("%grade small build")
        assert "your again" in told.text and "Dense(5)" not in told.text
        assert state(told, "Four filters, same padding") == "✓"
        assert state(told, "Its summary") == "○"
        kernel.run("again.summary()", cell="s")
        assert state(kernel.run("%grade small build"), "Its summary") == "✓"
        kernel.run("del again")


class TestUnloading:
    def test_the_libraries_are_as_they_were(self, from_the_start: Played) -> None:
        kernel, _ = from_the_start
        kinds = (
            "watched = np.argmax, vars(keras.Model)['summary'], keras.models.load_model\n"
            "print(*sorted({type(each).__name__ for each in watched}))"
        )
        assert kernel.run(kinds).printed == "FunctionWrapper\n"
        kernel.run("%unload_ext grader")
        assert "Wrapper" not in kernel.run(kinds).printed
        assert kernel.run("%grade small").text == ""
        assert kernel.run("print(len(model.fit(x, y, epochs=2, verbose=0).epoch))").printed == "2\n"
        # Loaded again, it knows what the objects tell: of several trainings, not which one counts.
        kernel.run("%load_ext grader")
        told = kernel.run("%grade small")
        assert state(told, "Compiled with Adam") == "✓" and state(told, "Three epochs") == "○"


class TestLoadedLast:
    @pytest.fixture(scope="class")
    @classmethod
    def afterwards(cls, sheet: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
        """Loaded when all is done, in a notebook whose file is known."""
        words = [
            nbformat.v4.new_markdown_cell("What do you observe?"),
            nbformat.v4.new_markdown_cell("The loss falls in every epoch, so it still learns."),
        ]
        code = [nbformat.v4.new_code_cell(source) for source in CELLS]
        file = tmp_path_factory.mktemp("work") / "mine.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=[*code, *words]), file)
        kernel = live(sheet, JPY_SESSION_NAME=str(file))
        try:
            for source in CELLS:
                kernel.run(source)
            kernel.run("%load_ext grader")
            yield kernel.run("%grade small")
        finally:
            end(kernel)

    def test_what_the_objects_tell_is_judged(self, afterwards: Shown) -> None:
        assert state(afterwards, "Four filters, same padding") == "◐"
        for title in ("Three classes with softmax", "Compiled with Adam", "Three epochs"):
            assert state(afterwards, title) == "✓", title
        assert "Four filters, same padding  (In [3])" in afterwards.text

    def test_what_only_watching_tells_is_neither_lost_nor_met(self, afterwards: Shown) -> None:
        for title in ("The loss fits the labels", "Batches of eight", "The curve of the loss"):
            assert state(afterwards, title) == "○", title
        assert "put that line into the first cell" in afterwards.text

    def test_written_answers_are_read_from_the_saved_file(self, afterwards: Shown) -> None:
        assert state(afterwards, "An observation") == "?"
        assert "Written answers are read from mine.ipynb as it was last saved." in afterwards.text


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        loading = [value or "" for name, value in attrs if name in ("src", "href") or name.startswith("on")]
        self.addresses += loading
