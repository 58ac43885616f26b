"""One run of a notebook in one forked kernel: cells in document order, each under its limit."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import logging
import struct
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from typing import Any

from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode

from grader.evidence.events import AnyEvent
from grader.evidence.evidence import CellStatus
from grader.evidence.journal import Journal, new_key, read_journal
from grader.execution.guard import breach, refuse_full_disk
from grader.execution.limits import Limits
from grader.execution.messages import is_well_formed
from grader.execution.patience import wait_patiently
from grader.execution.process import KernelDidNotStart
from grader.execution.provisioner import kernel_manager
from grader.execution.request import KernelRequest
from grader.execution.streams import joined
from grader.scratch import Scratch
from grader.timing import spent_on

_READY = 60.0
_SUBSCRIBED = 0.5
"""Seconds after which a kernel whose outputs do not arrive is asked again."""
_GRACE = 4.0
"""Seconds that a cell has to stop after an interrupt."""
_LOG = 4000
"""Bytes of the kernel's log that are kept."""
_KEPT = {"stream": 1 << 20, "display_data": 32 << 20, "execute_result": 8 << 20, "error": 4}
"""What is kept of a cell's output: characters of its text and of its displays, number of its errors."""
_DISPLAY = 1000
"""Characters that each display counts in addition, so that a million tiny ones are not kept either."""
_MESSAGE, _FRAMES = 20_000, 200
"""Characters of an error's message and of each entry of its traceback, and number of those entries."""


@dataclass(frozen=True)
class Run:
    """What one kernel left behind."""

    notebook: NotebookNode
    """With the outputs of this run."""
    status: tuple[CellStatus, ...]
    """Of every cell; markdown is ``ok``."""
    seconds: tuple[float, ...]
    journal: Journal
    died_at: int | None
    """The cell during which the kernel ended."""
    log: str
    """End of what the kernel's libraries wrote past Python's own output."""
    breach: str = ""
    """Why the kernel was ended, where it took more than it may have."""
    lost: bool = False
    """Whether the kernel was killed, and neither by the notebook, as far as can be told, nor by the
    grader."""

    @property
    def events(self) -> tuple[AnyEvent, ...]:
        """What the recorder saw."""
        return self.journal.events


OnCell = Callable[[int, Callable[[], Run]], None]


async def run_notebook(
    zygote: str,
    request: KernelRequest,
    notebook: NotebookNode,
    limits: Limits,
    *,
    skip: frozenset[int] = frozenset(),
    last: int | None = None,
    on_cell: OnCell = lambda index, so_far: None,
) -> Run:
    """Run ``notebook`` up to cell ``last``, leaving out the cells in ``skip``.

    ``on_cell`` is told each cell that begins, and how to get what the run has left behind until then.
    ``request.scratch`` is ignored: each run has a folder of its own, removed at the end. Raises
    :class:`KernelDidNotStart` when there is no kernel to be had, ``OSError`` when the disk of the folder is
    full: then nobody knows what the run would have left behind.
    """
    with Scratch() as scratch:
        (scratch / "io").mkdir()
        (scratch / "cell").write_bytes(struct.pack("<i", -1))
        return await _run(
            zygote,
            request.model_copy(update={"scratch": str(scratch), "key": new_key()}),
            notebook,
            limits,
            skip,
            last,
            on_cell,
        )


async def _run(
    zygote: str,
    request: KernelRequest,
    notebook: NotebookNode,
    limits: Limits,
    skip: frozenset[int],
    last: int | None,
    on_cell: OnCell,
) -> Run:
    scratch = Path(request.scratch)
    copied = copy.deepcopy(notebook)
    manager = kernel_manager(zygote, request)
    cells = _Cells(copied, skip, last)
    guard: asyncio.Future[str] | None = None
    lost = False

    def so_far() -> Run:
        journal = read_journal(scratch / "events.jsonl", request.key, request.recorder.events + 1)
        return Run(
            copy.deepcopy(copied), tuple(cells.status), tuple(cells.seconds), journal, cells.died_at, ""
        )

    try:
        with spent_on("kernel"):
            client = await _connect(manager, copied)
        guard = asyncio.ensure_future(_guard(manager.provisioner, request.memory, scratch))
        with spent_on("cells"), (scratch / "cell").open("r+b", buffering=0) as counter:
            await cells.run(
                client, manager.provisioner, limits, counter, lambda index: on_cell(index, so_far)
            )
        if cells.died_at is not None and not (cells.ended or guard.done()):
            lost = await manager.provisioner.was_killed()
    finally:
        if guard is not None:
            guard.cancel()
        with spent_on("kernel"), contextlib.suppress(Exception):
            await manager.provisioner.kill()
            await asyncio.wait_for(manager.provisioner.wait(), _GRACE)
        await manager.provisioner.cleanup()
        manager.cleanup_connection_file()
        # One that is left to the garbage collector waits for its sockets, perhaps for ever.
        manager.context.destroy(linger=0)
    with spent_on("evidence"):
        journal = read_journal(scratch / "events.jsonl", request.key, request.recorder.events + 1)
    log = _end_of(scratch / "kernel.log")
    found = guard.result() if guard.done() and not guard.cancelled() else ""
    refuse_full_disk(scratch)
    return Run(copied, tuple(cells.status), tuple(cells.seconds), journal, cells.died_at, log, found, lost)


async def _guard(kernel: Any, memory: int, scratch: Path) -> str:
    """End the kernel when the notebook takes too much; what that was."""
    try:
        return await breach(kernel.pid, memory, scratch)
    finally:
        await kernel.kill()


async def _connect(manager: Any, notebook: NotebookNode) -> NotebookClient:
    logging.getLogger("traitlets").setLevel(logging.CRITICAL)
    try:
        await manager.start_kernel()
        channel = manager.client(context=manager.context)
        channel.start_channels(hb=False)
        await _answers(channel, manager.provisioner)
    except (RuntimeError, OSError) as fault:
        raise KernelDidNotStart(str(fault)) from fault
    channel.allow_stdin = False
    client = _Client(notebook, km=manager, timeout=None, allow_errors=True)
    client.kc = channel
    client.reset_execution_trackers()
    return client


async def _answers(channel: Any, kernel: Any) -> None:
    """Wait until the kernel answers and its outputs arrive.

    What jupyter_client's ``wait_for_ready`` does too, which then listens a fifth of a second for nothing. Of
    what is published before a subscription has reached the kernel nothing arrives: then it is asked again.
    """
    death = asyncio.ensure_future(kernel.wait())
    asking = asyncio.ensure_future(_published(channel))
    try:
        await asyncio.wait({death, asking}, timeout=_READY, return_when=asyncio.FIRST_COMPLETED)
        if not asking.done():
            raise RuntimeError("the kernel died before it answered" if death.done() else "the kernel is mute")
        asking.result()
    finally:
        for task in (death, asking):
            task.cancel()


async def _published(channel: Any) -> None:
    while True:
        asked = channel.kernel_info()
        with contextlib.suppress(Empty):
            while True:
                message = await channel.get_iopub_msg(timeout=_SUBSCRIBED)
                ended = message["content"].get("execution_state") == "idle"
                if ended and message["parent_header"].get("msg_id") == asked:
                    return


class _Client(NotebookClient):  # type: ignore[misc]
    """Keeps no more of a cell's output than a person would read; a loop that prints for ever fills no
    memory."""

    def __init__(self, notebook: NotebookNode, **traits: Any) -> None:
        super().__init__(notebook, **traits)
        self._kept: Counter[tuple[int, str]] = Counter()
        self.on_cell_error = self._keep_error

    def _keep_error(self, cell: NotebookNode, cell_index: int, execute_reply: dict[str, Any]) -> None:
        """Take the error from the reply where its output got lost: a kernel that prints fast drops some."""
        content = execute_reply["content"]
        if not any(output.output_type == "error" for output in cell.outputs) and is_well_formed(
            "error", content
        ):
            message = {**execute_reply, "header": {"msg_type": "error"}, "msg_type": "error"}
            self.output(cell.outputs, message, "", cell_index)

    def process_message(
        self, message: dict[str, Any], cell: NotebookNode, cell_index: int
    ) -> NotebookNode | None:
        kind, content = message["msg_type"], message["content"]
        # Widgets keep their state outside the cells, where nobody looks and nothing bounds it.
        if kind.startswith("comm") or not is_well_formed(kind, content):
            return None
        if kind == "update_display_data" and not self._has_room("display_data", cell_index, content):
            return None
        return super().process_message(message, cell, cell_index)

    def _has_room(self, kind: str, cell_index: int, content: dict[str, Any]) -> bool:
        """Whether a display is still kept, and counts it."""
        size = _DISPLAY + sum(len(str(content.get(part, ""))) for part in ("data", "metadata"))
        fits = size <= _KEPT[kind] - self._kept[cell_index, kind]
        if fits:
            self._kept[cell_index, kind] += size
        return fits

    def output(
        self, outs: list[NotebookNode], message: dict[str, Any], display_id: str, cell_index: int
    ) -> NotebookNode | None:
        kind, content = message["msg_type"], message["content"]
        room = _KEPT.get(kind, 0) - self._kept[cell_index, kind]
        if room <= 0:
            return None
        if kind == "stream":
            size, text = len(content["text"]), content["text"][:room]
            if size > room:
                content = {**content, "text": f"{text}\n[the rest of the output was not kept]\n"}
        elif kind == "error":
            size = 1
            content = {
                **content,
                "evalue": str(content["evalue"])[:_MESSAGE],
                "traceback": [line[:_MESSAGE] for line in content["traceback"][:_FRAMES]],
            }
        elif not self._has_room(kind, cell_index, content):
            return None
        else:
            size = 0
        self._kept[cell_index, kind] += size
        return super().output(outs, {**message, "content": content}, display_id, cell_index)


class _Cells:
    """The cells of one run and what became of them."""

    def __init__(self, notebook: NotebookNode, skip: frozenset[int], last: int | None) -> None:
        self.notebook, self.skip = notebook, skip
        self.last = len(notebook.cells) - 1 if last is None else last
        self.status: list[CellStatus] = [
            "not_run" if cell.cell_type == "code" else "ok" for cell in notebook.cells
        ]
        self.seconds = [0.0] * len(notebook.cells)
        self.died_at: int | None = None
        self.ended = False
        """Whether the kernel was killed here, for what the cell did."""
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None

    async def run(
        self,
        client: NotebookClient,
        kernel: Any,
        limits: Limits,
        counter: Any,
        on_cell: Callable[[int], None],
    ) -> None:
        left = limits.notebook
        for index, cell in enumerate(self.notebook.cells[: self.last + 1]):
            if cell.cell_type != "code":
                continue
            if index in self.skip or not cell.source.strip():
                self.status[index] = "skipped" if index in self.skip else "ok"
                continue
            if left <= 0:
                return
            counter.seek(0)
            counter.write(struct.pack("<i", index))
            on_cell(index)
            began = time.perf_counter()
            self.status[index], had = await self._execute(client, kernel, index, min(limits.cell, left))
            self.seconds[index] = round(time.perf_counter() - began, 3)
            left -= had
            if self.status[index] == "killed":
                self.died_at = index
                return

    async def _execute(
        self, client: NotebookClient, kernel: Any, index: int, limit: float
    ) -> tuple[CellStatus, float]:
        """Run a cell; how it ended, and the seconds that it had."""
        cell = self.notebook.cells[index]
        execution = asyncio.ensure_future(client.async_execute_cell(cell, index))
        death = asyncio.ensure_future(kernel.wait())
        try:
            had = await wait_patiently({execution, death}, limit, kernel.pid)
            late = not execution.done() and not death.done()
            if late:
                had = max(had, limit)
                await kernel.send_signal(2)
                await asyncio.wait({execution, death}, timeout=_GRACE, return_when=asyncio.FIRST_COMPLETED)
            if not execution.done():
                if late and not death.done():
                    await self._end(kernel)
                return "killed", had
            try:
                execution.result()
            except DeadKernelError:
                return "killed", had
            except (AttributeError, KeyError, TypeError, ValueError):
                # A reply that no kernel sends: whoever forged it has changed the kernel.
                await self._end(kernel)
                return "killed", had
        finally:
            cell.outputs = joined(cell.outputs)
            for task in (execution, death):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, Exception):
                    await task
        if late:
            return "timeout", had
        failed = any(output.output_type == "error" for output in cell.outputs)
        return "failed" if failed else "ok", had

    async def _end(self, kernel: Any) -> None:
        self.ended = True
        await kernel.kill()


def _end_of(log: Path) -> str:
    """The last few thousand bytes of a file that may be large."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _LOG))
            return file.read(_LOG).decode(errors="replace")
    except FileNotFoundError:
        return ""
