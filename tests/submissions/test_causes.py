"""Whose fault a failed cell is."""

import pytest

from grader.submissions.causes import Failure, causes_of
from grader.submissions.source import parse_cells


def judge(sources, *failures, handed_in=()):
    """Verdicts by cell, for cells given as a list of sources."""
    cells = parse_cells({"cells": [{"cell_type": "code", "source": source} for source in sources]})
    return {verdict.cell: verdict for verdict in causes_of(failures, cells, handed_in)}


def missing(cell, name):
    return Failure(cell, "NameError", f"name '{name}' is not defined")


def no_file(cell, path):
    return Failure(cell, "FileNotFoundError", f"[Errno 2] No such file or directory: {path!r}")


def at(line):
    """How IPython begins the traceback of an error that left a cell in this line."""
    return f"\x1b[36mCell\x1b[39m\x1b[36m \x1b[39m\x1b[32mIn[7]\x1b[39m\x1b[32m, line {line}\x1b[39m\n"


class TestKnockOn:
    def test_a_name_that_an_earlier_failed_cell_should_have_made(self):
        verdicts = judge(
            ["model = bild()", "history = model.fit(x)", "plot(history)"],
            missing(0, "bild"),
            missing(1, "model"),
            missing(2, "history"),
        )
        assert verdicts[0].cause == "own"
        assert (verdicts[1].cause, verdicts[1].root) == ("knock_on", 0)
        assert "`model` should have been made in cell 1, which failed first" in verdicts[1].explanation
        assert (verdicts[2].cause, verdicts[2].root) == ("knock_on", 0)
        assert "cell 2" in verdicts[2].explanation and "cell 1 failed" in verdicts[2].explanation

    def test_a_cell_that_does_not_parse_still_owes_its_names(self):
        verdicts = judge(
            ["model = Sequential([", "model.fit(x)"],
            Failure(0, "SyntaxError", "'[' was never closed"),
            missing(1, "model"),
        )
        assert [verdict.cause for verdict in verdicts.values()] == ["own", "knock_on"]
        assert "Line 1" in verdicts[0].explanation

    @pytest.mark.parametrize(
        ("second", "stops_at", "cause"),
        [
            ("n = len(data.names)\nmodel = build(n)", 1, "knock_on"),
            ("model = build(\n    len(data.names)\n)", 2, "knock_on"),
            ("model = build(\nmodel", 0, "knock_on"),
            ("model = build(3)\nmodel.fit(z)", 2, "own"),
            ("z = 1 / 0", 1, "own"),
        ],
        ids=["stops above it", "stops in it", "does not parse", "stops below it", "makes another name"],
    )
    def test_an_older_object_under_the_name_that_a_failed_cell_was_to_make_anew(
        self, second, stops_at, cause
    ):
        verdicts = judge(
            ["model = build(1)", second, "epochs = 3\nmodel.fit(x, epochs=epochs)"],
            Failure(1, "AttributeError", "no attribute 'names'", at(stops_at) if stops_at else ""),
            Failure(2, "ValueError", "expected axis -1 of input shape to have value 1", at(2)),
        )
        assert verdicts[2].cause == cause
        if cause == "knock_on":
            assert "`model` should have been made in cell 2" in verdicts[2].explanation

    def test_a_method_that_no_object_has_is_own_whatever_the_object(self):
        verdicts = judge(
            ["model = build(1)", "model = build(oops)", "model.fitt(x)"],
            Failure(1, "NameError", "name 'oops' is not defined", at(1)),
            Failure(2, "AttributeError", "'Sequential' object has no attribute 'fitt'", at(1)),
        )
        assert verdicts[2].cause == "own"

    def test_a_name_that_no_cell_makes_is_own(self):
        verdict = judge(["a = b", "plt.plot(x)"], missing(0, "b"), missing(1, "plt"))[1]
        assert verdict.cause == "own" and "No cell makes `plt`" in verdict.explanation

    def test_a_misspelling_is_own_and_says_what_was_meant(self):
        assert (
            "did you mean `history`"
            in judge(["history = 1", "histroy"], missing(1, "histroy"))[1].explanation
        )

    def test_a_name_made_only_later_is_own(self):
        verdict = judge(["model.fit(x)", "model = build()"], missing(0, "model"))[0]
        assert verdict.cause == "own" and "cell 2, further down" in verdict.explanation

    def test_a_name_of_a_cell_that_ran_is_own(self):
        assert judge(["x = 1\ndel x", "print(x)"], missing(1, "x"))[1].cause == "own"

    def test_none_where_a_failed_cell_should_have_given_a_model(self):
        verdicts = judge(
            ["model = None", "model = build(", "model.fit(x)"],
            Failure(1, "SyntaxError", "'(' was never closed"),
            Failure(2, "AttributeError", "'NoneType' object has no attribute 'fit'"),
        )
        assert verdicts[2].cause == "knock_on" and verdicts[2].root == 1

    def test_what_follows_an_environment_error_costs_nothing_either(self):
        verdicts = judge(
            ["(x, y), t = mnist.load_data()", "print(x)"],
            Failure(
                0, "Exception", "URL fetch failure on https://a: None -- [Errno -2] Name or service not known"
            ),
            missing(1, "x"),
        )
        assert [verdict.cause for verdict in verdicts.values()] == ["environment", "knock_on"]

    @pytest.mark.parametrize(
        "write",
        [
            "model.save('out/model.h5')",
            "path = 'model.h5'\nmodel.save(path)",
            "model.save(filepath='model.h5')",
        ],
    )
    def test_a_file_that_a_failed_cell_should_have_written(self, write):
        verdicts = judge([write, "load_model('model.h5')"], missing(0, "modle"), no_file(1, "model.h5"))
        assert verdicts[1].cause == "knock_on" and "`model.h5`" in verdicts[1].explanation

    def test_a_checkpoint_is_written_by_the_fit_that_failed(self):
        verdicts = judge(
            [
                "best = ModelCheckpoint('best.keras')",
                "model.fit(x, callbacks=[best])",
                "load_model('best.keras')",
            ],
            Failure(1, "ValueError", "shapes differ"),
            Failure(
                2, "ValueError", "File not found: filepath=best.keras. Please ensure the file is accessible."
            ),
        )
        assert (verdicts[2].cause, verdicts[2].root) == ("knock_on", 1)

    def test_a_folder_that_a_failed_cell_should_have_unpacked(self):
        verdicts = judge(
            ["z.extractall('data')", "os.listdir('data/train')"], missing(0, "z"), no_file(1, "data/train")
        )
        assert verdicts[1].cause == "knock_on"


class TestEnvironment:
    @pytest.mark.parametrize(
        ("name", "message"),
        [
            ("URLError", "<urlopen error [Errno -2] Name or service not known>"),
            ("gaierror", "[Errno -3] Temporary failure in name resolution"),
            ("ConnectionError", "HTTPSConnectionPool(host='x'): Max retries exceeded"),
            ("ConnectionRefusedError", "[Errno 111] Connection refused"),
            ("HTTPError", "HTTP Error 404: Not Found"),
            ("FileURLRetrievalError", "Failed to retrieve file url"),
            ("CalledProcessError", "Command 'wget https://a' returned non-zero exit status 4."),
            ("OSError", "[Errno 101] Network is unreachable"),
            ("ModuleNotFoundError", "No module named 'livelossplot'"),
            ("ModuleNotFoundError", "No module named 'google.colab'"),
            ("ModuleNotFoundError", "No module named 'keras.layers.convolutional'"),
            ("ModuleNotFoundError", "No module named 'tensorflow.keras.utils.np_utils'"),
            (
                "ImportError",
                "cannot import name 'np_utils' from 'keras.utils' (/lib/keras/utils/__init__.py)",
            ),
        ],
    )
    def test_the_world_outside(self, name, message):
        assert judge(["x"], Failure(0, name, message))[0].cause == "environment"

    @pytest.mark.parametrize(
        ("message", "says"),
        [
            ("No module named 'tensorflw'", "did you mean `tensorflow`"),
            ("No module named 'nunpy'", "did you mean `numpy`"),
            ("No module named 'my_helpers'", "hand it in"),
            ("No module named 'tensorflow.kears'", "check its spelling"),
        ],
    )
    def test_modules_that_do_not_exist_are_own(self, message, says):
        verdict = judge(["x"], Failure(0, "ModuleNotFoundError", message))[0]
        assert verdict.cause == "own" and says in verdict.explanation

    @pytest.mark.parametrize(
        "path",
        [
            "/content/drive/MyDrive/AI & ML/train",
            "D:\\Herald\\FruitinAmazon",
            "/kaggle/input/x",
            "photos/cat.jpg",
        ],
    )
    def test_files_that_lie_elsewhere(self, path):
        assert judge(["x"], no_file(0, path))[0].cause == "environment"

    def test_a_misspelt_own_file_is_own(self):
        verdict = judge(["model.save('model.h5')", "load_model('modle.h5')"], no_file(1, "modle.h5"))[1]
        assert verdict.cause == "own" and "did you mean `model.h5`" in verdict.explanation

    def test_a_model_that_no_cell_saves_is_own(self):
        assert judge(["load_model('best.keras')"], no_file(0, "best.keras"))[0].cause == "own"

    def test_a_model_saved_in_another_place_is_own(self):
        verdict = judge(["model.save('/content/a/m.h5')", "x"], no_file(1, "/content/b/m.h5"))[1]
        assert verdict.cause == "own" and "saved as `/content/a/m.h5`" in verdict.explanation

    def test_a_backslash_read_as_a_tab_is_own(self):
        verdict = judge(["open('D:\\train')"], no_file(0, "D:\train"))[0]
        assert verdict.cause == "own" and "backslash" in verdict.explanation

    def test_other_photographs_of_the_submission_are_no_misspelling(self):
        verdict = judge(["x"], no_file(0, "images (1).jpeg"), handed_in=["images (2).jpeg"])[0]
        assert verdict.cause == "environment"

    def test_errors_about_other_things_are_no_missing_files(self):
        assert (
            judge(["x"], Failure(0, "ValueError", "Layer dense_3 of the model does not exist."))[0].cause
            == "own"
        )


class TestLimits:
    @pytest.mark.parametrize(
        "failure",
        [
            Failure(0, "KeyboardInterrupt", "", status="timeout"),
            Failure(0, "KeyboardInterrupt"),
            Failure(0, "MemoryError", "Unable to allocate 2.46 GiB for an array"),
            Failure(0, "_ArrayMemoryError", "Unable to allocate 2.46 GiB for an array"),
            Failure(0, "ResourceExhaustedError", "OOM when allocating tensor"),
            Failure(0, "DeadKernelError", "Kernel died"),
            Failure(0, "", "", status="died"),
            Failure(0, "", "", status="memory"),
        ],
    )
    def test_ours_to_set_so_not_the_students_fault(self, failure):
        assert judge(["x"], failure)[0].cause == "budget"


class TestInfrastructure:
    STUDENT = 'File "/tmp/ipykernel/1.py", line 1, in <module>\n    model.fit(x)\n'
    OURS = 'File "/env/grader/recorder/keras_watch.py", line 40, in fit\n'

    def test_our_own_code_failing_is_ours(self):
        failure = Failure(0, "KeyError", "'x'", traceback=self.STUDENT + self.OURS + "    record[key]\n")
        assert judge(["x"], failure)[0].cause == "infrastructure"

    def test_a_call_that_we_only_pass_on_is_the_students(self):
        passed_on = self.STUDENT + self.OURS + "    return wrapped(*args, **kwargs)\n"
        assert (
            judge(["x"], Failure(0, "TypeError", "unexpected keyword", traceback=passed_on))[0].cause == "own"
        )

    def test_an_error_below_our_frame_is_the_students(self):
        below = (
            self.STUDENT
            + self.OURS
            + "    x()\n"
            + 'File "/env/keras/trainer.py", line 9, in fit\n    raise\n'
        )
        assert judge(["x"], Failure(0, "ValueError", "shapes", traceback=below))[0].cause == "own"

    def test_ipython_style_frames(self):
        trace = (
            "Cell In[1], line 1\n----> 1 model.fit(x)\n\n"
            "File /env/grader/recorder/keras_watch.py:40, in fit(a)\n---> 40 record[key]\n"
        )
        assert judge(["x"], Failure(0, "KeyError", "x", traceback=trace))[0].cause == "infrastructure"

    def test_messaging_faults_and_reported_ones(self):
        assert judge(["x"], Failure(0, "ZMQError", "x"))[0].cause == "infrastructure"
        assert judge(["x"], Failure(0, "", "x", status="internal"))[0].cause == "infrastructure"


def test_everything_else_is_own_with_the_first_line_of_the_message():
    verdict = judge(["1/0"], Failure(0, "ZeroDivisionError", "division by zero\nmore"))[0]
    assert verdict.cause == "own" and verdict.explanation == "ZeroDivisionError: division by zero."


def test_verdicts_come_in_document_order_whatever_the_order_of_failures():
    verdicts = judge(["a = b", "c = a"], missing(1, "a"), missing(0, "b"))
    assert list(verdicts) == [0, 1] and verdicts[1].cause == "knock_on"


@pytest.mark.parametrize(
    ("name", "message", "lacks"),
    [
        (
            "TBNotInstalledError",
            "TensorBoard is not installed, missing implementation for tf.summary",
            "TensorBoard",
        ),
        ("SystemError", "GPU device not found", "GPU"),
    ],
)
def test_what_the_machine_lacks_is_not_the_students_fault(name, message, lacks):
    verdict = judge(["callback(log)"], Failure(0, name, message))[0]
    assert verdict.cause == "environment" and lacks in verdict.explanation
