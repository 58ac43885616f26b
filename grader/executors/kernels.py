"""The kernels of a class: one zygote for all notebooks, started when the first is to be executed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from grader.execution.ladder import Executed, Job, execute
from grader.execution.process import Zygote, ZygoteDidNotStart
from grader.execution.provisioner import KernelDidNotStart


class Kernels:
    """Executes notebooks; a kernel that cannot be had is asked for once more, from a fresh zygote."""

    def __init__(self) -> None:
        """Nothing is started yet."""
        self._zygote: Zygote | None = None
        self._started: list[Zygote] = []
        self._refused: ZygoteDidNotStart | None = None
        self._starting = asyncio.Lock()

    async def execute(self, job: Job, on_stage: Callable[[str], None]) -> Executed:
        """Execute ``job``.

        Raises :class:`KernelDidNotStart` when twice there was no kernel, and :class:`ZygoteDidNotStart` when
        there is no zygote: at once for all that come later, because each attempt takes its time.
        """
        zygote = await self._ready()
        try:
            return await execute(job, zygote.socket, on_stage)
        except (KernelDidNotStart, ConnectionError):
            # The old one stays until the end: the kernels of other notebooks end with it.
            async with self._starting:
                if self._zygote is zygote:
                    self._zygote = None
            return await execute(job, (await self._ready()).socket, on_stage)

    async def close(self) -> None:
        """End what was started."""
        async with self._starting:
            started, self._started, self._zygote = self._started, [], None
            for zygote in started:
                await zygote.__aexit__(None, None, None)

    async def _ready(self) -> Zygote:
        async with self._starting:
            if self._refused is not None:
                raise self._refused
            if self._zygote is None:
                self._zygote = await self._start()
            return self._zygote

    async def _start(self) -> Zygote:
        zygote = Zygote()
        self._started.append(zygote)
        try:
            return await zygote.__aenter__()
        except ZygoteDidNotStart as refusal:
            self._refused = refusal
            raise
