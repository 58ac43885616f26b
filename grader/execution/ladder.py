"""The ladder: from a notebook to evidence, in as few runs as its honest judgement needs.

1. *reduced*: served data sets are stratified subsets. When nothing is reduced this is the full run already.
2. Paths that turned up only at run time are learned, and the run repeated with them in its world.
3. When the kernel died in a cell, the run is repeated without that cell, so that the rest is seen. One that
   was killed from outside is first repeated as it was.
4. *full*: when a cell failed on reduced data, or a network was handed no samples at all, all is run again at
   full size; only what fails there is the student's. A notebook whose code counts samples begins here. A
   student's own check does without where a misspelt or missing name is all that failed.
5. *probe*: when the notebook opens all images of a split, the cells up to there run once more with a broken
   file. A mended notebook's need not, where the mends came later.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nbformat import NotebookNode

from grader.evidence.events import (
    AnyEvent,
    Evaluated,
    Fitted,
    ImageOpened,
    PathMissing,
    Predicted,
    RecorderFault,
    Stubbed,
    Tampered,
)
from grader.evidence.evidence import Cell, Evidence, Place, Probe, Rung
from grader.execution.display import cell_error, output_text
from grader.execution.job import Job, ServedData
from grader.execution.paths import paths_of, place_of
from grader.execution.probing import seen_of, thorough_cells, unused_name
from grader.execution.reaching import reaching
from grader.execution.request import KernelRequest, World
from grader.execution.zygote import HOME, WORKING_FOLDER
from grader.timing import spent_on

if TYPE_CHECKING:
    from grader.execution.run import Run

_LEARNING_RUNS = 2
_PROBES = 3
_OF_ANY_SIZE = frozenset(
    {"NameError", "SyntaxError", "IndentationError", "TabError", "ImportError", "ModuleNotFoundError"}
)
"""Errors that no data can cause."""
_KILLED = "its kernel was killed from outside, twice: it may have taken more memory than the machine has"


class KernelWasKilled(Exception):  # noqa: N818  # it says what happened
    """Somebody else killed a notebook's kernels, and no cell of it can be the reason."""


@dataclass(frozen=True)
class Executed:
    """The evidence, and the notebook with its outputs."""

    evidence: Evidence
    notebook: NotebookNode


OnRun = Callable[[Callable[[], Evidence]], None]
"""Told at each cell of a run how to get what that run has left behind until then: nothing to judge by, but
enough to show what is met already."""


async def execute(
    job: Job,
    zygote: str,
    on_stage: Callable[[str], None] = lambda stage: None,
    on_run: OnRun = lambda so_far: None,
) -> Executed:
    """Climb the ladder.

    Raises :class:`KernelDidNotStart` when there is no kernel to be had, :class:`KernelWasKilled` when kernels
    do not last, ``OSError`` when the disk for temporary files is full.
    """
    return await _Ladder(job, zygote, on_stage, on_run).climb()


class _Ladder:
    def __init__(self, job: Job, zygote: str, on_stage: Callable[[str], None], on_run: OnRun) -> None:
        self.job, self.zygote, self.on_stage, self.on_run = job, zygote, on_stage, on_run
        self.names = tuple(data.names for data in job.data)
        self.paths = paths_of(job.strings, self.names, str(WORKING_FOLDER), str(HOME))
        self.killers: frozenset[int] = frozenset()
        self.breaches: dict[int, str] = {}

    async def climb(self) -> Executed:
        rung = self.job.only
        if rung is not None:
            run = await self._learning(rung)
        else:
            run, rung = await self._steps()
        probe = await self._probe(run, rung)
        with spent_on("evidence"):
            return Executed(self._evidence(run, rung, probe), run.notebook)

    async def _steps(self) -> tuple[Run, Rung]:
        """The run that counts, and its size."""
        job = self.job
        is_reduced = job.arrays["reduced"] != job.arrays["full"] or any(
            data.full != data.reduced for data in job.data
        )
        rung: Rung = "reduced" if is_reduced and not job.counts_samples else "full"
        run = await self._learning(rung)
        sure = not job.patient and _whatever_the_size(run)
        if rung == "reduced" and not sure and (_failures(run) or _empty(run)):
            reduced, killers, self.killers = run, self.killers, frozenset()
            run, rung = await self._learning("full"), "full"
            if _failures(run) + len(self.killers) > _failures(reduced) + len(killers) or _spoilt(
                run, reduced
            ):
                # At full size more fails (memory, time): that is the data's size, and nobody's mistake.
                run, rung, self.killers = reduced, "reduced", killers
        elif is_reduced and rung == "full" and _too_much(run):
            full, killers, self.killers = run, self.killers, frozenset()
            run, rung = await self._learning("reduced"), "reduced"
            if _failures(full) + len(killers) <= _failures(run) + len(self.killers):
                run, rung, self.killers = full, "full", killers
        return run, rung

    async def _learning(self, rung: Rung) -> Run:
        for _ in range(_LEARNING_RUNS):
            run = await self._surviving(rung)
            learned = self._learn(run)
            if not learned:
                return run
            self.paths = replace(self.paths, places=(*self.paths.places, *learned))
            self.killers = frozenset()
        return await self._surviving(rung)

    async def _surviving(self, rung: Rung) -> Run:
        run = await self._run(rung)
        for _ in range(self.job.limits.restarts):
            if run.died_at is None:
                break
            self.killers |= {run.died_at}
            run = await self._run(rung)
        if run.died_at is not None:
            self.killers |= {run.died_at}
        return run

    async def _run(
        self, rung: Rung, *, broken: tuple[str, str] | None = None, last: int | None = None
    ) -> Run:
        job = self.job
        world = World(
            places=self.paths.places,
            folders=self.paths.folders,
            data=tuple(data.full if rung == "full" else data.reduced for data in job.data),
            files=job.files,
            arrays=job.arrays[rung],
            weights=job.weights,
            broken=broken,
        )
        request = KernelRequest(
            scratch="",
            connection={},
            world=world,
            # What a probe shows is not looked at but for its text.
            recorder=job.recorder.model_copy(update={"draws": broken is None}),
            memory=job.limits.memory,
            threads=job.threads,
            sandbox=job.sandbox,
            hidden=job.hidden,
        )
        total = len(job.notebook.cells)

        def on_cell(index: int, so_far: Callable[[], Run]) -> None:
            self.on_stage(f"{'probe, ' if broken else ''}cell {index + 1} of {total}")
            if not broken:
                self.on_run(lambda: self._evidence(so_far(), rung, None))

        # With it comes Jupyter's client, which a class of kept runs does without.
        from grader.execution.run import run_notebook

        async def run_it() -> Run:
            return await run_notebook(
                self.zygote,
                request,
                job.notebook,
                job.limits,
                skip=self.killers,
                last=last,
                on_cell=on_cell,
            )

        run = await run_it()
        if run.lost:
            before, run = run, await run_it()
            if run.lost and run.died_at != before.died_at:
                raise KernelWasKilled(
                    "its kernel was killed from outside, twice and in different cells: is memory short?"
                )
        if run.died_at is not None and (run.breach or run.lost):
            self.breaches[run.died_at] = run.breach or _KILLED
        return run

    def _learn(self, run: Run) -> list[Place]:
        """Places that the run asked for in vain."""
        known = {place.path for place in self.paths.places}
        asked = [event.path for event in run.events if isinstance(event, PathMissing)]
        for cell in run.notebook.cells:
            for output in cell.get("outputs", ()):
                if output.output_type == "error":
                    asked.extend(re.findall(r"""['"]?(/[^'"\n:]+)""", str(output.evalue)))
        places: dict[str, Place] = {}
        for path in asked:
            place = place_of(path.strip(), self.names)
            if place is not None and place.path not in known and place.path.startswith("/"):
                places[place.path] = place
        return list(places.values())

    async def _probe(self, run: Run, rung: Rung) -> Probe | None:
        for data in self.job.data:
            opened = [event for event in run.events if isinstance(event, ImageOpened)]
            thorough = thorough_cells(opened, data)
            if thorough:
                if (known := self._probe_before(run, max(thorough))) is not None:
                    return known
                trained = (
                    frozenset(event.cell for event in run.events if isinstance(event, Fitted)) - thorough
                )
                kept, self.killers = self.killers, self.killers | trained
                try:
                    return await self._probed(rung, data, thorough)
                finally:
                    self.killers = kept
        return None

    def _probe_before(self, run: Run, last: int) -> Probe | None:
        """What the probe showed before the notebook was mended, if the cells up to ``last`` are as they
        were."""
        before = self.job.before
        if before is None:
            return None
        cells = [self._cell(index, run) for index in range(last + 1)]
        same = all(
            (cell.source, cell.status) == (known.source, known.status)
            for cell, known in zip(cells, before.cells, strict=False)
        )
        return before.probe if same else None

    async def _probed(self, rung: Rung, data: ServedData, thorough: frozenset[int]) -> Probe:
        # Code that shows a picture at random may pick the broken one before it looks through all of them:
        # bad luck, which does not strike again and again.
        for attempt in range(_PROBES):
            broken = unused_name(data, attempt)
            run = await self._run(rung, broken=(data.names.name, broken), last=max(thorough))
            probe = seen_of(run, broken)
            if probe.removed or not thorough & probe.failed.keys():
                break
        return probe

    def _evidence(self, run: Run, rung: Rung, probe: Probe | None) -> Evidence:
        stubbed = Counter(event.name for event in run.events if isinstance(event, Stubbed))
        problems = [
            f"{name}: answered by a stand-in"
            for name in stubbed
            if name in ("wget", "curl", "gdown", "kaggle", "git")
        ]
        problems += [
            f"{what}: could not be recorded ({error})"
            for what, error in dict.fromkeys(
                (event.what, event.error) for event in run.events if isinstance(event, RecorderFault)
            )
        ]
        problems += [f"cell {cell + 1} was ended: {why}" for cell, why in sorted(self.breaches.items())]
        if run.journal.unreadable:
            problems.append(f"{run.journal.unreadable} events could not be read")
        events, tampering = _trusted(run)
        return Evidence(
            notebook=self.job.name,
            cells=tuple(self._cell(index, run) for index in range(len(run.notebook.cells))),
            events=events,
            places=self.paths.places,
            probe=probe,
            rung=rung,
            sandbox=self.job.sandbox,
            data={data.names.name: data.digest for data in self.job.data},
            tampering=tampering,
            problems=tuple(problems),
            seconds=round(sum(run.seconds), 3),
        )

    def _cell(self, index: int, run: Run) -> Cell:
        submitted, executed = self.job.notebook.cells[index], run.notebook.cells[index]
        outputs = executed.get("outputs", ())
        error = next((output for output in outputs if output.output_type == "error"), None)
        status = "killed" if index in self.killers else run.status[index]
        return Cell(
            index=index,
            type=submitted.cell_type if submitted.cell_type in ("code", "markdown") else "raw",
            source=submitted.source,
            status=status,
            text=output_text(outputs),
            seconds=run.seconds[index],
            error=None if error is None else cell_error(error),
            claimed=output_text(submitted.get("outputs", ())),
        )


def _trusted(run: Run) -> tuple[tuple[AnyEvent, ...], tuple[str, ...]]:
    """The events up to where the student's code reached for the recorder, and how it did."""
    tampered = [index for index, event in enumerate(run.events) if isinstance(event, Tampered)]
    events = run.events[: tampered[0]] if tampered else run.events
    words = [
        f"cell {event.cell + 1} {event.what}: nothing that was recorded after it counts"
        for event in run.events
        if isinstance(event, Tampered)
    ]
    if run.journal.foreign:
        words.append(f"{run.journal.foreign} events were not written by the recorder and do not count")
    code = (cell.source if cell.cell_type == "code" else "" for cell in run.notebook.cells)
    return events, tuple(dict.fromkeys((*words, *reaching(code))))


def _failures(run: Run) -> int:
    return sum(status not in ("ok", "skipped") for status in run.status)


def _whatever_the_size(run: Run) -> bool:
    """Whether all that failed in a run would have failed on any data."""
    failed = [index for index, status in enumerate(run.status) if status not in ("ok", "skipped")]
    errors = {
        output.ename
        for index in failed
        for output in run.notebook.cells[index].get("outputs", ())
        if output.output_type == "error"
    }
    return (
        all(run.status[index] == "failed" for index in failed) and errors <= _OF_ANY_SIZE and not _empty(run)
    )


def _empty(run: Run) -> bool:
    """Whether a network was handed no samples at all, as when code takes rows that reduced data has not."""
    handed = [event for event in run.events if isinstance(event, Fitted | Evaluated | Predicted)]
    held_out = [event.validation for event in handed if isinstance(event, Fitted) and event.validation]
    return any(data.samples == 0 for data in (*(event.data for event in handed), *held_out))


def _too_much(run: Run) -> list[int]:
    """The cells that the size of the data may have stopped: time or memory was not enough."""
    return [
        index
        for index, (status, cell) in enumerate(zip(run.status, run.notebook.cells, strict=True))
        if status in ("timeout", "killed", "not_run")
        or any(
            output.output_type == "error" and output.ename in ("MemoryError", "ResourceExhaustedError")
            for output in cell.get("outputs", ())
        )
    ]


def _spoilt(full: Run, reduced: Run) -> bool:
    """Whether the full size stopped a cell before the first one that fails on reduced data: what comes behind
    then works on what that cell should have changed, and says nothing on the failure."""
    failed = [index for index, status in enumerate(reduced.status) if status not in ("ok", "skipped")]
    stopped = _too_much(full)
    return bool(stopped and failed) and stopped[0] < failed[0]
