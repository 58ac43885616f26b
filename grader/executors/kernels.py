"""The kernels of a class: one zygote for all notebooks, started when the first is to be executed, and one
with Keras 2 for those that need it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace

from grader.execution.job import Job
from grader.execution.ladder import Executed, OnRun, execute
from grader.execution.legacy import asks_for_old_keras, failures
from grader.execution.process import KernelDidNotStart, Zygote, ZygoteDidNotStart
from grader.timing import spent_on


class Kernels:
    """Executes notebooks; a kernel that cannot be had is asked for once more, from a fresh zygote."""

    def __init__(self) -> None:
        """Nothing is started yet."""
        self._zygotes: dict[bool, Zygote] = {}
        self._started: list[Zygote] = []
        self._refused: dict[bool, ZygoteDidNotStart] = {}
        self._starting = asyncio.Lock()

    async def warm_up(self) -> None:
        """Start the zygote, so that the next kernel is a fork. Raises :class:`ZygoteDidNotStart`."""
        await self._ready(legacy=False)

    async def execute(
        self, job: Job, on_stage: Callable[[str], None], on_run: OnRun = lambda so_far: None
    ) -> Executed:
        """Execute ``job``; on Keras 2 too when it looks written for that, and less fails there.

        Raises :class:`KernelDidNotStart` when twice there was no kernel, and :class:`ZygoteDidNotStart` when
        there is no zygote: at once for all that come later, because each attempt takes its time.
        """
        executed = await self._execute(job, on_stage, on_run, legacy=False)
        if not asks_for_old_keras(executed.evidence):
            return executed
        try:
            old = await self._execute(job, lambda stage: on_stage(f"Keras 2, {stage}"), on_run, legacy=True)
        except (KernelDidNotStart, ZygoteDidNotStart, ConnectionError):
            return executed  # without tf_keras the notebook is judged as it runs on Keras 3
        if failures(old.evidence) >= failures(executed.evidence):
            return executed
        return replace(old, evidence=old.evidence.model_copy(update={"legacy": True}))

    async def _execute(
        self, job: Job, on_stage: Callable[[str], None], on_run: OnRun, *, legacy: bool
    ) -> Executed:
        zygote = await self._ready(legacy)
        try:
            return await execute(job, zygote.socket, on_stage, on_run)
        except (KernelDidNotStart, ConnectionError):
            # The old one stays until the end: the kernels of other notebooks end with it.
            async with self._starting:
                if self._zygotes.get(legacy) is zygote:
                    del self._zygotes[legacy]
            return await execute(job, (await self._ready(legacy)).socket, on_stage, on_run)

    async def close(self) -> None:
        """End what was started."""
        async with self._starting:
            started, self._started, self._zygotes = self._started, [], {}
            for zygote in started:
                await zygote.__aexit__(None, None, None)

    async def _ready(self, legacy: bool) -> Zygote:
        with spent_on("imports"):
            async with self._starting:
                if legacy in self._refused:
                    raise self._refused[legacy]
                if legacy not in self._zygotes:
                    self._zygotes[legacy] = await self._start(legacy)
                return self._zygotes[legacy]

    async def _start(self, legacy: bool) -> Zygote:
        try:
            return await self._begin(legacy)
        except ZygoteDidNotStart as refusal:
            if refusal.was_killed:
                with contextlib.suppress(ZygoteDidNotStart):
                    return await self._begin(legacy)
            self._refused[legacy] = refusal
            raise

    async def _begin(self, legacy: bool) -> Zygote:
        zygote = Zygote(legacy=legacy)
        self._started.append(zygote)
        return await zygote.__aenter__()
