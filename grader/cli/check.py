"""``grade check NOTEBOOK --rubric NAME``: a student's own check before handing in."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader.cli.options import FAULT_OF_OURS, Cache, Limits, Open, open_page

if TYPE_CHECKING:
    from rich.console import Console

    from grader.executors.checking import Checked, SelfCheck
    from grader.grading.grade import SubmissionGrade

app = typer.Typer(add_completion=False)

_LOST = 1
"""Exit code when a public check is not met, or the notebook cannot be checked."""


@app.command()
def check(
    notebook: Annotated[
        Path,
        typer.Argument(
            metavar="NOTEBOOK",
            help="Yours; or a folder or zip, as you hand it in.",
            show_default=False,
            readable=False,  # found out, and told, where it is read
        ),
    ],
    rubric: Annotated[
        str,
        typer.Option(
            "--rubric",
            "-r",
            metavar="RUBRIC",
            help="Path of your copy, or a name.",
            show_default=False,
        ),
    ],
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Check again at each save, until Ctrl-C.")
    ] = False,
    with_page: Open = False,
    limit: Limits = None,
    cache: Cache = None,
) -> int:
    """Check your own NOTEBOOK: the public checks of a worksheet, and what to mend first.

    Everything happens on this machine: nothing is uploaded. What is decided after handing in is named.
    """
    import asyncio

    from rich.console import Console

    from grader.cli.settings import settings_of
    from grader.executors.checking import SelfCheck

    settings = settings_of(rubric, cache=cache, jobs=1, limits=limit or [], trusting=True)
    check = SelfCheck(notebook, settings)
    desk = _Desk(check, Console(), with_page)
    try:
        asyncio.run(desk.until_stopped() if watch else desk.once())
    except KeyboardInterrupt:
        if not watch or desk.code is None:
            raise
    return desk.code or 0


class _Desk:
    """Where one notebook is checked and its results are shown."""

    def __init__(self, check: SelfCheck, console: Console, with_page: bool) -> None:
        self.check, self.console, self.with_page = check, console, with_page
        self.code: int | None = None
        """Exit code by the last check."""
        self.last: SubmissionGrade | None = None

    async def once(self) -> None:
        async with self.check:
            await self._checked()

    async def until_stopped(self) -> None:
        from grader.errors import UserError
        from grader.executors.checking import saves

        async with self.check:
            async for _ in saves(self.check.path):
                try:
                    await self._checked()
                except UserError as error:
                    if self.code is None:
                        raise
                    self.console.print(str(error), style="red", markup=False, highlight=False)
                now = time.strftime("%H:%M:%S")
                self.console.print(
                    f"{now}: waiting for you to save; Ctrl-C ends", style="dim", highlight=False
                )

    async def _checked(self) -> None:
        from grader.reports.check_progress import CheckProgress
        from grader.reports.check_view import check_view, since_view

        with CheckProgress(self.check.copy, self.console) as progress:
            checked = await self.check.run(progress)
        for warning in checked.warnings:
            typer.echo(f"grade: {warning}", err=True)
        if self.last is not None and self.console.is_terminal:
            self.console.clear()
        self.console.print(check_view(self.check.copy, checked.grades, checked.seconds, self.console))
        changed = self.last and since_view(self.last, checked.grade, self.console)
        if changed:
            self.console.print(changed)
        self.last = checked.grade
        self._show(checked)
        self.code = _code(checked)

    def _show(self, checked: Checked) -> None:
        """The page, opened the first time; a browser that shows it already loads it again by hand."""
        from grader.reports.files import write_atomically
        from grader.reports.html import student_page
        from grader.reports.student_view import as_students_see
        from grader.reports.text import file_names

        if not self.with_page:
            return
        seen = as_students_see(checked.grades)
        (name,) = file_names([checked.grade.submission])
        page = self.check.settings.cache / "self-check" / f"{name}.html"
        write_atomically(page, student_page(seen, seen.submissions[0], checked.notebook), durable=False)
        if self.code is None:
            open_page(page)
        self.console.print(f"Page: {page}", markup=False, highlight=False, soft_wrap=True)


def _code(checked: Checked) -> int:
    from grader.reports.check_view import missed

    if checked.grade.status == "failed":
        return FAULT_OF_OURS
    return _LOST if not checked.grade.has_mark or missed(checked.grade) else 0
