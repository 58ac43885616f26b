"""Watching the libraries of a session that is the student's own, from their import on.

Of what the recorder can do only what observes is used here: nothing is shortened, served, patched or stubbed.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from typing import Any

import wrapt

from grader.evidence.events import Dropped, Event
from grader.evidence.settings import RecorderSettings
from grader.live.history import Execution, executions, running
from grader.recorder.log import Log
from grader.recorder.recorder import Recorder

SAMPLES = 64
"""Samples of an array that are looked at: in a live session there is no photograph to compare them with."""
EVENTS = 5_000
"""Events that are kept: they lie in the memory of the student's kernel, which may run for days."""


class SessionLog(Log):
    """Keeps the events of a session in memory; the cell of an event is its input's number."""

    def __init__(self, settings: RecorderSettings) -> None:
        """Begin an empty log."""
        super().__init__(settings, -1, b"", key="")
        self.number = 0
        self.events: list[Event] = []

    @property
    def cell(self) -> int:
        """The number of the input that runs now."""
        return self.number

    def write(self, kind: type[Event], **values: Any) -> None:
        """Keep one event; beyond the limit a single :class:`Dropped` and then nothing."""
        if len(self.events) < self.settings.events:
            self.events.append(kind(**{"cell": self.cell, **values}))
        elif not isinstance(self.events[-1], Dropped):
            self.events.append(Dropped(cell=self.cell, limit=self.settings.events))


class Watch:
    """What is seen of one session from the moment the extension is loaded."""

    def __init__(self, shell: Any) -> None:
        """Look at the inputs of ``shell``, and at each library from its import on."""
        self.shell = shell
        self.events: Any = self
        """Callbacks of the recorder are registered here, as with a shell, so that they can be taken back."""
        self.log = SessionLog(RecorderSettings(samples=SAMPLES, events=EVENTS))
        self.log.number = running(shell)
        self.recorder = Recorder(self.log)
        self.since = running(shell)
        """The input that loaded the extension: those after it are watched."""
        self.seen: dict[int, Execution] = {}
        self.own: set[int] = set()
        """Inputs in which we printed something ourselves."""
        self.libraries: set[str] = set()
        """Those that are watched."""
        self._active = True
        self._callbacks: list[tuple[str, Callable[..., Any]]] = []
        self.register("pre_run_cell", self._begin)
        self.register("post_run_cell", self._end)
        for library, watch in _WATCHED.items():
            wrapt.register_post_import_hook(self._on_import(library, watch), library)

    @property
    def full(self) -> bool:
        """Whether more happened than is kept."""
        return len(self.log.events) > EVENTS

    def close(self) -> None:
        """Leave the session and its libraries as they were found."""
        from grader.recorder.watch import unwatch

        self._active = False
        for event, callback in self._callbacks:
            with contextlib.suppress(ValueError):
                self.shell.events.unregister(event, callback)
        self._callbacks.clear()
        unwatch()

    def executions(self) -> tuple[Execution, ...]:
        """Every input that has ended."""
        return executions(self.shell, self.seen)

    def register(self, event: str, callback: Callable[..., Any]) -> None:
        """Call back on an event of the shell's until :meth:`close`."""
        self.shell.events.register(event, callback)
        self._callbacks.append((event, callback))

    def _begin(self, info: Any) -> None:
        # It is kept after this call. What a frontend runs for itself is none of the student's inputs.
        self.log.number = running(self.shell) + 1 if info.store_history else 0

    def _end(self, result: Any) -> None:
        info, error = result.info, result.error_before_exec or result.error_in_exec
        if info.store_history:
            self.seen[self.log.number] = Execution(
                self.log.number,
                info.raw_cell or "",
                cell_id=str(getattr(info, "cell_id", None) or ""),
                error=type(error).__name__ if error is not None else "",
                message=" ".join(str(error).split())[:300] if error is not None else "",
            )

    def _on_import(self, library: str, watch: Callable[[Watch], None]) -> Callable[[Any], None]:
        def imported(_: Any) -> None:
            # Whatever goes wrong here is ours: the student's import goes on.
            if self._active:
                with self.recorder.trying(f"watching {library}"):
                    watch(self)
                    self.libraries.add(library)

        return imported


def _keras(watch: Watch) -> None:
    from grader.live.found import write_found
    from grader.recorder.loaders import watch_loaders
    from grader.recorder.metrics import watch_argmax, watch_tensorflow
    from grader.recorder.models import watch_models
    from grader.recorder.observing import observe_training

    if sys.modules["keras"].backend.backend() != "tensorflow":
        return
    recorder, namespace = watch.recorder, watch.shell.user_ns
    write_found(recorder, namespace, watch.executions())
    watch_models(recorder, namespace, watch)
    observe_training(recorder)
    watch_loaders(recorder, {})
    # Here TensorFlow is there as a whole: while Keras imports it, looking into it would import Keras again.
    watch_tensorflow(recorder)
    watch_argmax(recorder)


def _sklearn(watch: Watch) -> None:
    from grader.recorder.metrics import watch_sklearn

    watch_sklearn(watch.recorder)


def _pandas(watch: Watch) -> None:
    from grader.recorder.metrics import watch_pandas

    watch_pandas(watch.recorder)


def _matplotlib(watch: Watch) -> None:
    from grader.recorder.figures import watch_figures

    watch_figures(watch.recorder)


_WATCHED: dict[str, Callable[[Watch], None]] = {
    "keras": _keras,
    "sklearn.metrics": _sklearn,
    "pandas": _pandas,
    "matplotlib.backend_bases": _matplotlib,
}
