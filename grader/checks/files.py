"""Checks of what the code does with the files of the data: list, open, remove."""

from __future__ import annotations

import ast
import posixpath
from pathlib import PurePosixPath

from grader.checks.outcome import Outcome, absent, met, partly, unmet
from grader.checks.registry import check
from grader.checks.work import Work
from grader.evidence.events import ImageOpened, Listed, MetricCalled


@check("classes_listed", written_as=("listdir", "scandir", "iterdir", "glob", "walk"))
def classes_listed(work: Work, *, data: str, split: str = "train") -> Outcome:
    """Look whether the code lists the class folders of a split, or prints all class names.

    The rows of a classification report are no list of folders.

    Args:
        data: Name of the data set.
        split: The split whose folder is listed.
    """
    wanted = f"the class folders of {split}/ listed"
    for event in work.evidence.of(Listed):
        if work.split_of(event.path, data) == split:
            return met(
                wanted, f"{posixpath.basename(event.path.rstrip('/'))}/ is listed", cells=(event.cell,)
            )
    classes = work.data[data].classes
    reports = {event.cell for event in work.evidence.of(MetricCalled)}
    for cell in work.evidence.cells:
        if cell.index not in reports and all(name in cell.text for name in classes):
            return met(wanted, "the class names are printed", cells=(cell.index,))
    return absent(wanted, f"List the folder with os.listdir, e.g. sorted(os.listdir({split}_dir)).")


@check("images_opened", written_as=("open", "verify", "imread", "load_img"))
def images_opened(work: Work, *, data: str, split: str = "train") -> Outcome:
    """Look whether the code opens every image of a split and goes on after a broken one.

    The second part is seen in a run of its own with a broken file planted among the images.

    Args:
        data: Name of the data set.
        split: The split whose images are opened.
    """
    wanted = f"every image in {split}/ opened, the error of a broken one caught"
    files = work.data[data].splits.get(split, ())
    seen = _opened(work, data, split)
    hint = "Open each file in try: Image.open(path).verify() and catch (IOError, SyntaxError)."
    if not seen:
        return absent(wanted, hint, found="the images are not opened one by one")
    cell = max(seen, key=lambda index: len(seen[index]))
    share = f"{len(set().union(*seen.values()))} of {len(files)} images are opened"
    if len(seen[cell]) < len(files) / 2:
        return absent(wanted, hint, found=share)
    if len(seen[cell]) < len(files):
        return partly(wanted, share, "Open every image of every class.", cells=(cell,))
    probe = work.evidence.probe
    if probe is None or cell in probe.failed:
        fault = "" if probe is None else f" ({probe.failed[cell]})"
        found = f"{share}, but a broken one stops the code{fault}"
        judge = partly if _catches(work, cell) else unmet
        return judge(wanted, found, hint, cells=(cell,))
    return met(wanted, f"{share}; a broken one does not stop the code", cells=(cell,))


def _catches(work: Work, cell: int) -> bool:
    """Whether the code up to a cell tries to catch errors at all."""
    trees = [source.tree for source in work.sources if source.index <= cell and source.tree is not None]
    return any(isinstance(node, ast.Try) for tree in trees for node in ast.walk(tree))


def _opened(work: Work, data: str, split: str) -> dict[int, set[str]]:
    """Images of a split that each cell opens: the folder above the class's tells the split."""
    files = frozenset(work.data[data].splits.get(split, ()))
    seen: dict[int, set[str]] = {}
    for event in work.evidence.of(ImageOpened):
        path = PurePosixPath(event.path)
        above = path.parent.parent
        file = f"{split}/{path.parent.name}/{path.name}"
        # A path relative to the split's own folder (after ``os.chdir``) names no split at all.
        if file in files and (above == PurePosixPath() or work.split_of(str(above), data) == split):
            seen.setdefault(event.cell, set()).add(file)
    return seen


@check("broken_removed", written_as=("remove", "unlink"))
def broken_removed(work: Work, *, data: str) -> Outcome:
    """Look whether a broken image is removed and its path printed, in the run with a broken file planted.

    Only one of the two is partly.

    Args:
        data: Name of the data set.
    """
    wanted = "a broken image removed, with a message that names its path"
    hint = 'In the except branch: os.remove(path) and print(f"Removed corrupted image: {path}").'
    probe = work.evidence.probe
    if probe is None or probe.opened is None:
        return absent(wanted, hint, found="the images are not opened one by one")
    name = posixpath.basename(probe.broken)
    told = [index for index, text in probe.text.items() if index >= probe.opened and name in text]
    cells = tuple(told[:1]) or (probe.opened,)
    if probe.removed and told:
        return met(wanted, "the planted broken file was removed and named", cells=cells)
    if probe.removed:
        return partly(
            wanted, "the planted broken file was removed without a message naming it", hint, cells=cells
        )
    if told:
        return partly(wanted, "the planted broken file was named but not removed", hint, cells=cells)
    return unmet(wanted, "the planted broken file was neither removed nor named", hint, cells=cells)
