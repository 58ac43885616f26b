"""Cells that end the kernel, never end, or never stop printing: each costs itself and no other."""

import pytest

from grader.evidence.evidence import Evidence
from grader.execution.limits import Limits

MEMORY = 3 << 30
QUICK = Limits(cell=1.5, memory=MEMORY)


def statuses(evidence: Evidence) -> list[str]:
    return [cell.status for cell in evidence.cells]


def test_a_cell_that_ends_its_process_costs_its_own_cell_only(kernels):
    evidence = kernels.climb(
        "kept = 20; print('before')", "import os; os._exit(3)", "print(kept + 1)"
    ).evidence
    assert statuses(evidence) == ["ok", "killed", "ok"]
    assert [cell.text for cell in evidence.cells] == ["before\n", "", "21\n"]


def test_a_cell_that_signals_its_own_process_harms_no_other_cell(kernels):
    """As the first process of its namespace a sandboxed kernel is immune; in place it dies and is taken up again."""
    deadly = "import os, signal; os.kill(os.getpid(), signal.SIGKILL); import time; time.sleep(0.2)"
    evidence = kernels.climb("kept = 20", deadly, "print(kept + 1)").evidence
    assert statuses(evidence) == ["ok", "ok" if kernels.sandbox == "namespaces" else "killed", "ok"]
    assert evidence.cells[2].text == "21\n"


def test_several_deadly_cells_are_each_left_out(kernels):
    evidence = kernels.climb(
        "import os", "os._exit(1)", "os.abort()", "print('here')", limits=Limits(restarts=2, memory=MEMORY)
    ).evidence
    assert statuses(evidence) == ["ok", "killed", "killed", "ok"]


def test_more_deadly_cells_than_restarts_leave_what_ran_before(kernels):
    evidence = kernels.climb(
        "import os; print('first')", "os._exit(1)", "os._exit(1)", "print('never')", limits=Limits(restarts=1)
    ).evidence
    assert statuses(evidence) == ["ok", "killed", "killed", "not_run"]
    assert evidence.cells[0].text == "first\n"


@pytest.mark.parametrize("leave", ["exit()", "quit()", "import sys; sys.exit()", "raise SystemExit(1)"])
def test_leaving_the_notebook_does_not_take_the_kernel_along(kernels, leave):
    played = kernels.play(leave, "import time; time.sleep(0.2); print('next')")
    assert played.status[1] == "ok"
    assert played.text(1) == "next\n"


def test_an_endless_loop_is_interrupted_at_the_cell_limit_and_the_rest_runs(kernels):
    played = kernels.play("import time\nwhile True: time.sleep(0.01)", "print('on')", limits=QUICK)
    assert played.status == ("timeout", "ok")
    assert played.error(0) == "KeyboardInterrupt"
    assert played.run.seconds[0] < 4


def test_a_loop_that_swallows_interrupts_is_killed_and_the_run_goes_on_without_it(kernels):
    stubborn = """
import time
while True:
    try:
        time.sleep(0.1)
    except BaseException:
        pass
"""
    evidence = kernels.climb("print('before')", stubborn, "print('after')", limits=QUICK).evidence
    assert statuses(evidence) == ["ok", "killed", "ok"]
    assert evidence.cells[2].text == "after\n"


def test_the_notebooks_limit_ends_the_run_and_says_which_cells_were_not_reached(kernels):
    played = kernels.play(
        "import time; time.sleep(1.2)",
        "time.sleep(1.2)",
        "print('never')",
        limits=Limits(cell=20, notebook=2, memory=MEMORY),
    )
    assert played.status == ("ok", "timeout", "not_run")


def test_code_that_does_not_parse_costs_its_own_cell(kernels):
    played = kernels.play("x = 1", "def f(:\n  pass", "print(x)")
    assert played.status == ("ok", "failed", "ok")
    assert played.error(1) == "SyntaxError"


def test_nothing_waits_for_an_answer(kernels):
    played = kernels.play(
        "name = input('Your name? '); print(repr(name))",
        "import getpass; print(repr(getpass.getpass('Password: ')))",
        "!cat",
        "!read answer; echo got $answer",
        limits=Limits(cell=10, memory=MEMORY),
    )
    assert played.status == ("ok",) * 4
    assert played.text(0) == "Your name? \n''\n"
    assert "got" in played.text(3)


def test_huge_output_is_bounded_and_says_so(kernels):
    played = kernels.play(
        "for _ in range(400): print('x' * 20_000)",
        "from IPython.display import display\nfor number in range(60): display(number)",
        "raise ValueError('y' * 10_000_000)",
        "print('on')",
        limits=Limits(memory=MEMORY),
    )
    assert played.status == ("ok", "ok", "failed", "ok")
    assert (1 << 20) <= len(played.text(0)) < (1 << 20) + 100
    assert played.text(0).endswith("[the rest of the output was not kept]\n")
    assert played.text(1).startswith("012")
    error = played.run.notebook.cells[2].outputs[0]
    assert len(error.evalue) + sum(map(len, error.traceback)) < 1_000_000


def test_a_cell_that_prints_until_its_limit_fills_no_memory(kernels):
    played = kernels.play("while True: print('z' * 50_000)", "print('on')", limits=QUICK)
    assert played.status[0] in ("timeout", "failed"), "its buffers may meet the memory limit first"
    assert played.status[1] == "ok"
    assert len(played.text(0)) < (1 << 20) + 100


def test_an_error_counts_where_its_output_was_lost(kernels):
    """Sockets that are full drop what a cell prints, its traceback too."""
    drop = """
from IPython import get_ipython
shell = get_ipython()
shell._showtraceback = lambda *given: None
1 / 0
"""
    played = kernels.play(drop, "1")
    assert played.status == ("failed", "ok")


def test_a_run_can_end_early_and_leave_cells_out(kernels):
    played = kernels.play("a = 1", "a = 2", "print(a)", "1 / 0", skip=frozenset({1}), last=2)
    assert played.status == ("ok", "skipped", "ok", "not_run")
    assert played.text(2) == "1\n"
