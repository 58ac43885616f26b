"""Handed in, but no files: pipes are not waited for; and notebooks that nobody wrote."""

import json
import os
from pathlib import Path

import nbformat

from grader.submissions.find import find_submissions
from grader.submissions.read import MOST_CELLS, read_notebook


def test_a_pipe_in_the_place_of_an_archive_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "class").mkdir()
    nbformat.write(nbformat.v4.new_notebook(), tmp_path / "class/anna.ipynb")
    os.mkfifo(tmp_path / "class/ben.zip")
    problems = {
        each.name: each.problem for each in find_submissions(tmp_path / "class", tmp_path / "scratch")
    }
    assert problems == {"anna": None, "ben": "the archive cannot be opened: it is no file"}


def test_more_cells_than_anybody_writes_are_not_read(tmp_path: Path) -> None:
    cell = {"cell_type": "code", "source": "1", "metadata": {}, "outputs": [], "execution_count": None}
    path = tmp_path / "many.ipynb"
    path.write_text(
        json.dumps({"cells": [cell] * (MOST_CELLS + 1), "metadata": {}, "nbformat": 4, "nbformat_minor": 4})
    )
    problem = read_notebook(path).problem
    assert problem == "the file is too large: it has 5,001 cells, the limit is 5,000"
