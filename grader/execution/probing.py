"""The probe: which cells look through all images of a split, and what they do with a broken one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.evidence.events import AnyEvent, FileRemoved, ImageOpened
from grader.evidence.evidence import Probe
from grader.execution.display import output_text
from grader.execution.job import ServedData

if TYPE_CHECKING:
    from grader.execution.run import Run


def thorough_cells(opened: list[ImageOpened], data: ServedData) -> frozenset[int]:
    """The cells in which most images of a split were opened by the student's own code, one after another."""
    thorough: set[int] = set()
    for files in data.files.values():
        names = {file.split("/", 1)[1] for file in files}
        by_cell: dict[int, set[str]] = {}
        for event in opened:
            tail = "/".join(event.path.split("/")[-2:])
            if tail in names:
                by_cell.setdefault(event.cell, set()).add(tail)
        thorough.update(cell for cell, seen in by_cell.items() if len(seen) >= len(names) / 2)
    return frozenset(thorough)


def unused_name(data: ServedData, attempt: int) -> str:
    """A path for a broken image, each time in another class."""
    split = "train" if "train" in data.files else next(iter(data.files))
    folders = list(dict.fromkeys(file.rpartition("/")[0] for file in data.files[split]))
    folder = folders[attempt % len(folders)]
    extension = data.files[split][0].rpartition(".")[2]
    taken = set(data.files[split])
    return next(
        name for number in range(90, 1000) if (name := f"{folder}/images ({number}).{extension}") not in taken
    )


def seen_of(run: Run, broken: str) -> Probe:
    """What a run did with the broken image at that path."""

    def meant(event: AnyEvent) -> bool:
        return getattr(event, "path", "").endswith(broken.split("/", 1)[1])

    return Probe(
        broken=broken,
        opened=next(
            (event.cell for event in run.events if isinstance(event, ImageOpened) and meant(event)), None
        ),
        removed=any(meant(event) for event in run.events if isinstance(event, FileRemoved)),
        text={
            index: output_text(cell.get("outputs", ()))
            for index, cell in enumerate(run.notebook.cells)
            if cell.get("outputs")
        },
        failed={
            index: output.ename
            for index, cell in enumerate(run.notebook.cells)
            for output in cell.get("outputs", ())
            if output.output_type == "error"
        },
    )
