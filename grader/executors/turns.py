"""Who may use a processor now: no more kernels and trainings at a time, together, than there are jobs.

More of them gained nothing where it was measured: a class of twelve on two cores, in two rounds, took 93 and
100 seconds like this, 97 and 100 with two kernels beside two trainings.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future


class Turns:
    """Turns for kernels, which are asked for in the event loop, and for trainings, which have threads.

    Kernels come first: what they leave behind is what there is to train, and of what is left to train at the
    end all processors have some.
    """

    def __init__(self, count: int) -> None:
        """All ``count`` of them are free."""
        self._free = count
        self._kernels: deque[Future[None]] = deque()
        self._trainings: deque[Future[None]] = deque()
        self._lock = threading.Lock()
        self._is_open = False

    @contextlib.asynccontextmanager
    async def for_kernel(self) -> AsyncIterator[None]:
        """Wait for a turn without holding up the event loop, and have it for the block."""
        turn = self._ask(self._kernels)
        try:
            await asyncio.wrap_future(turn)
        except asyncio.CancelledError:
            # Called off, it may have been given in the same moment.
            if not turn.cancel():
                self._give_back()
            raise
        try:
            yield
        finally:
            self._give_back()

    @contextlib.contextmanager
    def for_training(self) -> Iterator[None]:
        """Wait for a turn, and have it for the block."""
        self._ask(self._trainings).result()
        try:
            yield
        finally:
            self._give_back()

    def let_all_pass(self) -> None:
        """Let nobody wait any more: all is about to end."""
        with self._lock:
            self._is_open = True
            self._hand_out()

    def _ask(self, queue: deque[Future[None]]) -> Future[None]:
        turn: Future[None] = Future()
        with self._lock:
            queue.append(turn)
            self._hand_out()
        return turn

    def _give_back(self) -> None:
        with self._lock:
            self._free += 1
            self._hand_out()

    def _hand_out(self) -> None:
        while (self._free > 0 or self._is_open) and (queue := self._kernels or self._trainings):
            turn = queue.popleft()
            if turn.set_running_or_notify_cancel():
                self._free -= 1
                turn.set_result(None)
