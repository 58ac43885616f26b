"""Real kernels for the rooms whose behaviour can only be seen in one: a single zygote forks them all."""

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import nbformat
import pytest
from nbformat import NotebookNode

from grader.evidence.events import Event
from grader.evidence.evidence import Evidence, Rung
from grader.evidence.settings import RecorderSettings
from grader.execution.job import Job, ServedData
from grader.execution.ladder import Executed, OnRun, execute
from grader.execution.limits import Limits
from grader.execution.process import Zygote
from grader.execution.request import KernelRequest, Strength, World
from grader.execution.run import Run, run_notebook
from grader.execution.strengths import strongest
from grader.submissions.source import parse_cells

MEMORY = 3 << 30

E = TypeVar("E", bound=Event)
T = TypeVar("T")


def notebook_of(cells: Sequence[str | NotebookNode]) -> NotebookNode:
    """A notebook of code cells; any other cell is passed as a node."""
    return nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) if isinstance(cell, str) else cell for cell in cells]
    )


@dataclass(frozen=True)
class Played:
    """One run of a notebook."""

    run: Run

    @property
    def status(self) -> tuple[str, ...]:
        return self.run.status

    def text(self, index: int) -> str:
        """All that a cell printed or displayed as text, without warnings, which come and go."""
        return "".join(
            output.get("text", "") or output.get("data", {}).get("text/plain", "")
            for output in self.run.notebook.cells[index].outputs
            if output.get("name") != "stderr"
        )

    def error(self, index: int) -> str:
        """Name of what a cell raised, empty when it ran through."""
        errors = [
            output for output in self.run.notebook.cells[index].outputs if output.output_type == "error"
        ]
        return errors[0].ename if errors else ""

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.run.events if isinstance(event, kind)]

    def one(self, kind: type[E]) -> E:
        (event,) = self.of(kind)
        return event


class Kernels:
    """Runs notebooks in forks of one zygote; the loop's thread lives as long as the zygote, which it ends."""

    def __init__(self, *, sandbox: Strength) -> None:
        self.sandbox = sandbox
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self.zygote: Zygote = self._await(Zygote().__aenter__())

    def close(self) -> None:
        self._await(self.zygote.__aexit__(None, None, None))
        self.loop.call_soon_threadsafe(self.loop.stop)

    def _await(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    def play(
        self,
        *cells: str | NotebookNode,
        world: World | None = None,
        limits: Limits | None = None,
        recorder: RecorderSettings | None = None,
        sandbox: Strength | None = None,
        hidden: tuple[str, ...] = (),
        skip: frozenset[int] = frozenset(),
        last: int | None = None,
    ) -> Played:
        """Run cells once."""
        limits = limits or Limits(memory=MEMORY)
        request = KernelRequest(
            scratch="",
            connection={},
            world=world or World(),
            recorder=recorder or RecorderSettings(),
            memory=limits.memory,
            sandbox=self.sandbox if sandbox is None else sandbox,
            hidden=hidden,
        )
        notebook = notebook_of(cells)
        return Played(
            self._await(run_notebook(self.zygote.socket, request, notebook, limits, skip=skip, last=last))
        )

    def climb(
        self,
        *cells: str | NotebookNode,
        data: tuple[ServedData, ...] = (),
        arrays: dict[str, tuple[tuple[str, str], ...]] | None = None,
        files: str | None = None,
        limits: Limits | None = None,
        recorder: RecorderSettings | None = None,
        counts_samples: bool = False,
        only: Rung | None = None,
        patient: bool = True,
        before: Evidence | None = None,
        on_stage: Callable[[str], None] = lambda stage: None,
        on_run: OnRun = lambda so_far: None,
    ) -> Executed:
        """Execute cells on the ladder."""
        notebook = notebook_of(cells)
        job = Job(
            notebook=notebook,
            name="notebook.ipynb",
            strings=tuple(text for cell in parse_cells(notebook) for text in cell.strings),
            data=data,
            arrays=arrays or {"reduced": (), "full": ()},  # type: ignore[arg-type]
            files=files,
            limits=limits or Limits(memory=MEMORY),
            recorder=recorder or RecorderSettings(),
            threads=1,
            sandbox=self.sandbox,
            hidden=(),
            counts_samples=counts_samples,
            only=only,
            patient=patient,
            before=before,
        )
        return self._await(execute(job, self.zygote.socket, on_stage, on_run))


@pytest.fixture(scope="session")
def kernels() -> Iterator[Kernels]:
    """Sandboxed where the machine has namespaces, in place elsewhere."""
    # What must not reach a student: set before the zygote starts, looked for inside.
    os.environ["GRADER_TEST_SECRET"] = "not for students"
    made = Kernels(sandbox=strongest())
    yield made
    made.close()
    del os.environ["GRADER_TEST_SECRET"]


@pytest.fixture(scope="session")
def sandboxed(kernels: Kernels) -> Kernels:
    """For what only a private root can hold."""
    if kernels.sandbox != "namespaces":
        pytest.skip("this machine lets an ordinary process build no namespaces")
    return kernels
