"""The magic ``%grade``: what a student types, and the one line that says what is wrong with it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from grader.errors import UserError

if TYPE_CHECKING:
    from grader.live.session import Session
    from grader.live.watching import Watch
    from grader.rubric.schema import Rubric

USAGE = "%grade RUBRIC [QUESTION …], for example: %grade worksheet5 task3"
_MAGIC = "grade"


class Extension:
    """What ``%load_ext grader`` adds to a session: the magic and the watch that it asks."""

    def __init__(self, shell: Any) -> None:
        """Begin to watch ``shell``."""
        from grader.live.watching import Watch

        self.shell = shell
        self.watch: Watch = Watch(shell)
        shell.register_magic_function(self.grade, "line", _MAGIC)

    def close(self) -> None:
        """Take it back."""
        self.watch.close()
        self.shell.magics_manager.magics["line"].pop(_MAGIC, None)

    def grade(self, line: str) -> None:
        """Check what this session holds: ``%grade worksheet5`` or ``%grade worksheet5 task3``.

        Nothing is run again, nothing is changed, nothing leaves this machine.
        """
        from grader import crash

        # What the check itself does and prints is not the student's doing.
        self.watch.own.add(self.watch.log.number)
        with self.watch.log.inside():
            try:
                self._show(_words(line))
            except UserError as error:
                print("\n".join(f"grade: {told}" for told in str(error).splitlines()))
            except Exception as error:
                print(f"grade: {crash.told(error)}")

    def _show(self, words: Sequence[str]) -> None:
        from IPython.display import display

        from grader.live.look import look_at
        from grader.live.session import session_of
        from grader.live.show import live_html, live_text
        from grader.rubric.load import available_rubrics, load_rubric

        if not words:
            raise UserError(f"which rubric? {USAGE}; there are {', '.join(available_rubrics())}")
        rubric, session = load_rubric(words[0]), session_of(self.watch)
        look = look_at(session, rubric, words[1:], _advice(self.watch, session, rubric))
        display({"text/html": live_html(look), "text/plain": live_text(look)}, raw=True)


def _words(line: str) -> list[str]:
    from IPython.utils.process import arg_split

    # Backslashes are part of paths on Windows.
    words: list[str] = arg_split(line, posix=os.name == "posix")
    return [word.strip("\"'") for word in words]


def _advice(watch: Watch, session: Session, rubric: Rubric) -> list[str]:
    """What would let the student see more here."""
    advice: list[str] = []
    if "keras" not in watch.libraries:
        advice.append("Keras is not imported yet, so nothing is built: run the cells of your notebook first.")
    elif min(session.inputs.values(), default=watch.since) < watch.since:
        advice.append(
            "What ran before `%load_ext grader` is known by what it left behind only: "
            "put that line into the first cell, restart the kernel and run all cells to see more."
        )
    if watch.full:
        advice.append("More happened here than is kept: restart the kernel and run all cells to be sure.")
    if any(line.check == "answered" and line.visibility == "public" for line in rubric.checks):
        if session.file is None:
            advice.append("Written answers are not seen: this notebook does not tell where its file is.")
        else:
            advice.append(f"Written answers are read from {session.file.name} as it was last saved.")
    return advice


_loaded: list[Extension] = []
"""The extension of this process's session, while it is loaded."""


def load(shell: Any) -> None:
    """Add the magic to a session."""
    if not _loaded:
        _loaded.append(Extension(shell))


def unload(shell: Any) -> None:
    """Take it from the session again."""
    while _loaded:
        _loaded.pop().close()
