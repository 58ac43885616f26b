"""What can go wrong on the grader's side: each submission still ends as a grade or a named status."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from desk import Desk, Told

from grader.reports.files import alone_in

GREETING = "print('hello world')"
EMPTY = "# only the template"


def in_small_room(desk: Desk, size: str, room: Path, *words: object, after: str = "true") -> Told:
    """Graded with ``size`` of disk mounted at ``room``; ``after`` is run there before it vanishes."""
    if shutil.which("unshare") is None:
        pytest.skip("there is no unshare(1) to mount a small file system with")
    room.mkdir(exist_ok=True)
    script = f'mount -t tmpfs -o size={size} none "$0" && "$@"; code=$?; {after}; exit $code'
    command = ["unshare", "--user", "--mount", "--map-root-user", "sh", "-c", script, str(room)]
    began = time.perf_counter()
    done = subprocess.run(
        [*command, *desk.command(*words, "--out", "results")],
        cwd=desk.folder,
        env=desk.variables,
        capture_output=True,
        text=True,
    )
    if "unshare failed" in done.stderr or "mount:" in done.stderr:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    seconds = time.perf_counter() - began
    return Told(done.returncode, done.stdout, done.stderr, seconds, desk.folder / "results")


def test_a_full_disk_leaves_earlier_results_as_they_were(desk: Desk) -> None:
    desk.notebook("class7/anna.ipynb", EMPTY)
    rubric, results, kept = desk.rubric(), desk.folder / "results", desk.folder / "kept"
    kept.mkdir()
    filled = in_small_room(
        desk,
        "256k",
        results,
        "class7",
        "-r",
        rubric,
        after=(
            f'cp -r "$0"/. {kept}; head -c 1M /dev/zero > "$0"/filler 2> /dev/null; '
            f'"$@" 2> {desk.folder}/error; echo $? > {desk.folder}/code; diff -r --exclude filler "$0" {kept}'
        ),
    )
    assert filled.code == 0
    assert "Only in" not in filled.out, "a file came or went"
    assert "differ" not in filled.out
    assert (desk.folder / "code").read_text() == "4\n"
    error = (desk.folder / "error").read_text()
    assert error.startswith("grade: error: results/")
    assert "No space left on device; earlier results are untouched" in error
    assert error.count("\n") == 1
    assert (kept / "grades.json").is_file()


def test_where_executions_cannot_be_kept_grading_goes_on_and_says_so(desk: Desk) -> None:
    desk.notebook("class7/anna.ipynb", GREETING)
    desk.notebook("class7/ben.ipynb", GREETING, "print('and again')")
    desk.cache.mkdir()
    told = in_small_room(desk, "4k", desk.cache / "evidence", "class7", "-r", desk.rubric())
    assert told.code == 0
    assert told.statuses == {"anna": "graded", "ben": "graded"}
    assert [submission["earned"] for submission in told.grades["submissions"]] == [3, 3]
    assert told.err.count("No space left on device") == 1
    assert "the next run executes them again" in told.err
    assert "hello world" in (told.folder / "students/anna.html").read_text()


def test_without_kernels_every_submission_has_failed_and_nothing_is_lost(desk: Desk) -> None:
    desk.notebook("class7/anna.ipynb", GREETING)
    desk.notebook("class7/ben.ipynb", GREETING)
    desk.notebook("class7/cleo.ipynb", EMPTY)
    (desk.folder / "broken/tensorflow").mkdir(parents=True)
    (desk.folder / "broken/tensorflow/__init__.py").write_text(
        "raise SystemError('the installation is broken')"
    )
    desk.environment["PYTHONPATH"] = os.pathsep.join(
        [str(desk.folder / "broken"), desk.variables["PYTHONPATH"]]
    )
    told = desk.grade("class7", "-r", desk.rubric())
    assert told.code == 3
    assert told.statuses == {"anna": "failed", "ben": "failed", "cleo": "not_gradable"}
    reason = "no kernel could be started: SystemError: the installation is broken"
    assert told.submissions["anna"]["reason"] == reason
    assert told.submissions["ben"]["reason"] == reason
    assert "failed: 2" in told.out

    del desk.environment["PYTHONPATH"]
    mended = desk.grade("class7", "-r", desk.rubric())
    assert mended.code == 0
    assert mended.statuses == {"anna": "graded", "ben": "graded", "cleo": "not_gradable"}


def test_an_interrupt_leaves_no_process_behind_and_keeps_what_is_done(desk: Desk) -> None:
    desk.notebook("class7/anna.ipynb", GREETING)
    desk.notebook("class7/ben.ipynb", "while True: pass")
    words = ("class7", "-r", desk.rubric(), "--jobs", "1", "--limit", "cell=200s", "--out", "results")
    grading = subprocess.Popen(
        desk.command(*words),
        cwd=desk.folder,
        env=desk.variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A shell that runs the tests in the background has them, and what they start, ignore interrupts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert grading.stdout is not None
    assert "anna" in grading.stdout.readline()
    started = kernel_at_work(psutil.Process(grading.pid))

    os.killpg(grading.pid, signal.SIGINT)

    _, error = grading.communicate(timeout=60)
    assert grading.returncode == 130
    assert error == "grade: error: interrupted\n"
    _, alive = psutil.wait_procs(started, timeout=10)
    assert alive == []
    assert not (desk.folder / "results").exists()

    later = desk.grade("class7/anna.ipynb", "-r", desk.rubric(), "--limit", "cell=200s")
    assert later.submissions["anna"]["from_store"]


def test_a_second_batch_on_the_same_results_is_told_so_before_it_works(desk: Desk) -> None:
    desk.notebook("class7/anna.ipynb", GREETING)
    with alone_in(desk.folder / "results"):
        told = desk.grade("class7", "-r", desk.rubric())
    assert told.code == 4
    assert told.err == (
        "grade: error: results: another grade is at work on these results; wait for its end, or choose "
        "another: --out FOLDER\n"
    )


def kernel_at_work(grading: psutil.Process) -> list[psutil.Process]:
    """All processes of a run, once a kernel among them has spent a second in its loop."""
    for _ in range(300):
        time.sleep(0.2)
        children = grading.children(recursive=True)
        if len(children) >= 2 and any(child.cpu_times().user > 1 for child in children[1:]):
            return children
    raise AssertionError("no kernel was started")


def test_a_fault_in_one_submission_stops_no_other(desk: Desk, tmp_path: Path) -> None:
    """A check that raises on some work is the nearest thing to a fault that nobody foresaw."""
    desk.notebook("class7/anna.ipynb", GREETING)
    desk.notebook("class7/ben.ipynb", GREETING)
    (desk.folder / "break.py").write_text(
        "import sys\n"
        "import grader.executors.local as local\n"
        "from grader.cli.main import main\n"
        "whole = local.mark\n"
        "def mark(rubric, work, written):\n"
        "    if work.evidence.notebook == 'ben.ipynb':\n"
        "        raise ZeroDivisionError('no points at all')\n"
        "    return whole(rubric, work, written)\n"
        "local.mark = mark\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    done = subprocess.run(
        [sys.executable, "break.py", "class7", "-r", str(desk.rubric()), "--out", "results"],
        cwd=desk.folder,
        env=desk.variables | {"XDG_STATE_HOME": str(tmp_path / "state")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 3
    grades = json.loads((desk.folder / "results/grades.json").read_text())
    anna, ben = grades["submissions"]
    assert (anna["status"], anna["earned"]) == ("graded", 3)
    assert ben["status"] == "failed"
    assert ben["reason"].startswith(
        "ZeroDivisionError: no points at all; this is a fault of the grader, see "
    )
    report = Path(ben["reason"].rpartition("see ")[2])
    assert "Traceback" in report.read_text()
    assert report.is_relative_to(tmp_path)
