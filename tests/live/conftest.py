"""A small worksheet, and a kernel in which its notebook ran with the extension loaded first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from live_kernel import CELLS, HIDDEN, RUBRIC, Live, Shown, end, live


@pytest.fixture(scope="session")
def sheet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small worksheet's rubric."""
    folder = tmp_path_factory.mktemp("course")
    (folder / "rubrics").mkdir()
    (folder / "rubrics" / "small.yaml").write_text(RUBRIC)
    (folder / "rubrics" / "secret.yaml").write_text(RUBRIC.replace("id: small", "id: secret") + HIDDEN)
    return folder


@pytest.fixture(scope="session")
def from_the_start(sheet: Path) -> Iterator[tuple[Live, list[Shown]]]:
    """A kernel in which the extension was loaded first and the cells ran."""
    kernel = live(sheet)
    try:
        shown = [kernel.run("%load_ext grader"), kernel.run("%grade small")]
        shown += [kernel.run(source) for source in CELLS]
        yield kernel, [*shown, kernel.run("%grade small")]
    finally:
        end(kernel)
