"""The frame of the command line: which command is meant, and how each kind of end looks."""

from __future__ import annotations

import errno
import subprocess
import sys
import types
from pathlib import Path
from typing import Annotated

import pytest
import typer

import grader
from grader.cli import main as frame
from grader.cli.main import main
from grader.errors import UserError


class Runs:
    """A stand-in for the command that grades: notes what it was called with, and ends as told."""

    def __init__(self) -> None:
        self.called: list[tuple[list[Path], str]] = []
        self.end: BaseException | None = None

    def command(self) -> typer.Typer:
        app = typer.Typer(add_completion=False)

        @app.command()
        def run(
            submissions: list[Path], rubric: Annotated[str, typer.Option("--rubric", help="Which.")] = ""
        ) -> None:
            """Grade submissions."""
            self.called.append((submissions, rubric))
            if self.end is not None:
                raise self.end

        return app


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Runs:
    runs = Runs()
    module = types.ModuleType("stand_in_for_run")
    module.app = runs.command()  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(frame.COMMANDS, "run", module.__name__)
    monkeypatch.chdir(tmp_path)
    return runs


@pytest.mark.parametrize(
    "arguments",
    [
        ["class7", "more.zip", "--rubric", "worksheet5"],
        ["--rubric", "worksheet5", "class7", "more.zip"],
        ["run", "class7", "more.zip", "--rubric=worksheet5"],
    ],
)
def test_submissions_without_a_command_are_graded(runs: Runs, arguments: list[str]) -> None:
    assert main(arguments) == 0
    assert runs.called == [([Path("class7"), Path("more.zip")], "worksheet5")]


def test_a_folder_named_like_a_command_is_given_with_its_path(runs: Runs) -> None:
    assert main(["./rubric"]) == 0
    assert runs.called == [([Path("rubric")], "")]


def test_a_misspelt_command_is_not_taken_for_a_folder(runs: Runs, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rubrik", "lint"]) == 2
    error = capsys.readouterr().err
    assert (
        error == 'grade: error: "rubrik" is neither a command nor a file or folder; did you mean "rubric"?\n'
    )
    assert not runs.called

    Path("rubrik").mkdir()
    assert main(["rubrik"]) == 0
    assert runs.called == [([Path("rubrik")], "")]


def test_help_names_the_commands(runs: Runs, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["--help"]):
        assert main(arguments) == 0
        shown = capsys.readouterr().out
        assert "SUBMISSIONS" in shown
        assert "rubric" in shown
        assert "Grade submissions." in shown


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"grade {grader.__version__}\n"


class FullDiskError(UserError):
    exit_code = 4


@pytest.mark.parametrize(
    ("end", "code", "error"),
    [
        (UserError("a.ipynb: not a notebook"), 2, "grade: error: a.ipynb: not a notebook\n"),
        (UserError("x.yaml:1: one\nx.yaml:2: two"), 2, "grade: error: x.yaml:1: one\nx.yaml:2: two\n"),
        (FullDiskError("results: the disk is full"), 4, "grade: error: results: the disk is full\n"),
        (
            OSError(errno.ENOSPC, "No space left on device", "/tmp/grade-1"),
            4,
            "grade: error: /tmp/grade-1: No space left on device; make room and do it again\n",
        ),
        (KeyboardInterrupt(), 130, "grade: error: interrupted\n"),
        (typer.Abort(), 130, "grade: error: interrupted\n"),
        (typer.Exit(3), 3, ""),
        (typer.BadParameter("no such limit"), 2, "grade: error: Invalid value: no such limit\n"),
    ],
)
def test_each_end_has_its_exit_code_and_one_message(
    runs: Runs, capsys: pytest.CaptureFixture[str], end: BaseException, code: int, error: str
) -> None:
    runs.end = end
    assert main(["class7"]) == code
    assert capsys.readouterr().err == error


@pytest.mark.parametrize("arguments", [["--rubrc", "x", "class7"], ["rubric", "lint"], ["rubric", "shw"]])
def test_wrong_use_is_one_line(runs: Runs, capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("grade: error: ")
    assert error.count("\n") == 1


def test_a_fault_of_the_grader_leaves_its_traceback_in_a_file(
    runs: Runs, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("platformdirs.user_log_path", lambda name: tmp_path / name / "log")
    runs.end = ZeroDivisionError("no submissions")

    assert main(["class7"]) == 70

    error = capsys.readouterr().err
    assert error.startswith(
        "grade: error: ZeroDivisionError: no submissions; this is a fault of the grader, see "
    )
    assert error.count("\n") == 1
    report = Path(error.split("see ")[1].strip()).read_text()
    assert "Traceback" in report
    assert "ZeroDivisionError: no submissions" in report


def test_where_no_file_can_be_written_the_traceback_is_shown(
    runs: Runs, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setattr("platformdirs.user_log_path", lambda name: blocked / name)
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(blocked))
    runs.end = ZeroDivisionError("no submissions")

    assert main(["class7"]) == 70
    assert "Traceback" in capsys.readouterr().err


def test_a_reader_that_leaves_is_no_fault() -> None:
    script = "import sys; from grader.cli.main import main; sys.exit(main(['rubric', 'schema']))"
    shown = subprocess.run(
        f'{sys.executable} -c "{script}" | head -c 1', shell=True, capture_output=True, text=True, check=True
    )
    assert (shown.stdout, shown.stderr) == ("{", "")


def test_the_frame_starts_without_the_heavy_libraries(tmp_path: Path) -> None:
    rubric = tmp_path / "broken.yaml"
    rubric.write_text("rubric: 1")
    script = (
        "import sys; from grader.cli.main import main; code = main(['rubric', 'lint', sys.argv[1]]);"
        "heavy = {'tensorflow', 'keras', 'scipy', 'sklearn', 'matplotlib', 'nbconvert'} & set(sys.modules);"
        "print(code, sorted(heavy))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", script, str(rubric)], capture_output=True, text=True, check=True
    )
    assert shown.stdout.splitlines()[-1] == "1 []"


def test_a_rubric_is_examined_without_numbers_and_notebooks() -> None:
    script = (
        "import sys; from grader.cli.main import main; code = main(['rubric', 'lint', 'worksheet5']);"
        "print(code, sorted({'numpy', 'scipy', 'nbformat', 'IPython', 'zmq'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert shown.stdout.splitlines()[-1] == "0 []"


def test_a_class_of_which_nothing_is_executed_is_graded_without_kernels(tmp_path: Path) -> None:
    rubric, classroom = tmp_path / "hello.yaml", tmp_path / "class"
    rubric.write_text(
        "{rubric: 1, id: hello, title: Hello, questions: [{id: q, title: Greet, checks: "
        "[{id: a, check: printed, pattern: hello, title: Says hello, points: 2}]}]}"
    )
    classroom.mkdir()
    (classroom / "anna.ipynb").write_text("no notebook")
    words = [str(classroom), "--rubric", str(rubric), "--out", str(tmp_path / "out")]
    words += ["--cache", str(tmp_path / "cache"), "--sandbox", "none"]
    script = (
        "import sys; from grader.cli.main import main; code = main(sys.argv[1:]);"
        "heavy = {'zmq', 'jupyter_client', 'nbclient', 'nbconvert', 'IPython', 'sklearn', 'tensorflow'};"
        "print(code, sorted(heavy & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True, check=True)
    assert shown.stdout.splitlines()[-1] == "0 []"
    assert (tmp_path / "out" / "index.html").is_file()


@pytest.mark.parametrize("jobs", ["auto", "3"])
def test_jobs_are_a_number_or_auto(jobs, tmp_path, capsys):
    assert main([str(tmp_path / "none"), "--rubric", "worksheet5", "--jobs", jobs]) == 2
    assert "no such file or folder" in capsys.readouterr().err, "what comes after the options is looked at"


@pytest.mark.parametrize("jobs", ["many", "-1", "1.5", ""])
def test_other_jobs_are_one_clear_line(jobs, tmp_path, capsys):
    assert main([str(tmp_path), "--rubric", "worksheet5", "--jobs", jobs]) == 2
    told = capsys.readouterr().err
    assert "is neither a number nor auto" in told and len(told.splitlines()) == 1
