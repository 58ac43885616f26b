"""What is expected of a submission before anything of it is run."""

import os

from grader.executors.jobs import work_ahead
from grader.submissions.find import Submission


def test_what_trains_most_is_expected_to_take_longest(tmp_path):
    (tmp_path / "a.ipynb").write_text("model.fit(x, y)\\nmodel.evaluate(x, y)")
    (tmp_path / "b.ipynb").write_text("outfit(x)")
    assert work_ahead(Submission("anna", (tmp_path / "a.ipynb",))) == 2
    assert work_ahead(Submission("ben", (tmp_path / "b.ipynb", tmp_path / "a.ipynb"))) == 2
    assert work_ahead(Submission("cleo", (tmp_path / "b.ipynb", tmp_path / "gone.ipynb"))) == 0


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.ipynb")
    assert work_ahead(Submission("anna", (tmp_path / "pipe.ipynb",))) == 0
