"""Worker processes that train, so that the grader itself never imports TensorFlow and outlives whatever a
network does to it.

One thread a training: the result of a recipe must not depend on how many workers there are, and the order
in which several threads add up floats would make it so. Two cores train two networks at a time.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import multiprocessing
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Any

from grader.scratch import Scratch
from grader.training.device import SHARE, Device, Wanted, device_for, trainings_at_a_time
from grader.training.memo import Memo
from grader.training.recipe import Recipe, key
from grader.training.result import TrainingResult

START_LIMIT = 180.0
"""Seconds that a worker may take to import TensorFlow; on a machine that is not overloaded it takes three."""

RENEWED_AFTER = 40
"""Trainings after which a worker is replaced: each leaves some 35 MB behind in TensorFlow."""

KEPT_VARIABLES = frozenset(
    {"PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "LD_LIBRARY_PATH"}
)
KEPT_PREFIXES = ("CUDA_", "NVIDIA_", "TF_", "XLA_", "KERAS_", "PYTHON")


class Trainers:
    """A few worker processes and a memo of what they found.

    Use it as a context manager: leaving it ends the workers, and trainings that have not begun are cancelled.
    """

    def __init__(
        self,
        workers: int | None = None,
        memo: Path | None = None,
        *,
        time_limit: float = 300.0,
        threads: int = 1,
        device: Wanted = "auto",
        turn: Callable[[], AbstractContextManager[None]] = contextlib.nullcontext,
    ) -> None:
        """Nothing is started before the first recipe comes.

        Args:
            workers: how many trainings at a time; by default one for each core this process may use.
            memo: folder in which results are kept; None keeps them for the life of this object only.
            time_limit: seconds for one training; a worker that takes longer is killed and replaced.
            threads: TensorFlow threads of each worker; another number than 1 gives slightly different
                results.
            device: where to train; on a GPU at most as many at a time as its memory holds.
            turn: what each training waits for before it begins, and holds until it ends.
        """
        self._turn = turn
        self._memo = Memo(memo) if memo else None
        self._time_limit = time_limit
        count = max(1, workers or len(os.sched_getaffinity(0)))
        self._all = [_Worker(threads) for _ in range(count)]
        self._idle: SimpleQueue[_Worker] = SimpleQueue()
        self._device = device
        self._is_hiring = threading.Lock()
        self._hired = 0
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="training")
        self._known: dict[str, Future[TrainingResult]] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Trainers:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the workers."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for worker in self._all:
            worker.kill()
        self._threads.shutdown(wait=True)

    def submit(self, recipe: Recipe, root: Path) -> Future[TrainingResult]:
        """Train a recipe on the image folder at ``root``, or find what an equal recipe gave before.

        The future never raises: a worker that dies or takes too long is a result with its ``problem``.
        """
        name = key(recipe)
        with self._lock:
            known = self._known.get(name)
            if known is None or (known.done() and (known.cancelled() or not known.result().lasting)):
                known = self._known[name] = self._begin(name, recipe, root)
            return known

    async def train(self, recipe: Recipe, root: Path) -> TrainingResult:
        """:meth:`submit` for asyncio. Cancelling one caller does not stop a training that others wait for."""
        return await asyncio.shield(asyncio.wrap_future(self.submit(recipe, root)))

    def _hire(self) -> None:
        """Once, when there is something to train: to look for a GPU takes seconds where there is one."""
        with self._is_hiring:
            if self._hired:
                return
            device = device_for(self._device)
            self._hired = trainings_at_a_time(device, len(self._all))
            for worker in self._all[: self._hired]:
                worker.device = device
                self._idle.put(worker)

    def _begin(self, name: str, recipe: Recipe, root: Path) -> Future[TrainingResult]:
        stored = self._memo.get(name) if self._memo else None
        if stored is not None:
            finished: Future[TrainingResult] = Future()
            finished.set_result(stored)
            return finished
        return self._threads.submit(self._run, name, recipe, root)

    def _run(self, name: str, recipe: Recipe, root: Path) -> TrainingResult:
        self._hire()
        worker = self._idle.get()
        try:
            with self._turn():
                result = worker.train(recipe, root, self._time_limit)
                if result.fault == "infrastructure":
                    # Ours, and perhaps it was bad luck.
                    result = worker.train(recipe, root, self._time_limit)
        finally:
            self._idle.put(worker)
        if self._memo and result.lasting:
            self._memo.put(name, result)
        return result


class _Worker:
    """One process, replaced when it dies or has to be killed."""

    def __init__(self, threads: int) -> None:
        self.device: Device = "cpu"
        self._worker_threads = threads
        self._pool: ProcessPoolExecutor | None = None
        self._scratch: Scratch | None = None
        self._ready: Future[None] | None = None
        self._closed = False
        self._trained = 0
        self._lock = threading.Lock()

    def start(self) -> tuple[ProcessPoolExecutor, Future[None]]:
        with self._lock:
            if self._closed:
                raise CancelledError
            if self._pool is None or self._ready is None:
                context = multiprocessing.get_context("spawn")
                self._scratch = Scratch()
                told = (self._worker_threads, self._scratch.path, self.device)
                self._pool = ProcessPoolExecutor(1, context, initializer=_prepare, initargs=told)
                self._ready = self._pool.submit(_ready)
            return self._pool, self._ready

    def train(self, recipe: Recipe, root: Path, limit: float) -> TrainingResult:
        started = time.perf_counter()
        try:
            pool, ready = self.start()
            ready.result(START_LIMIT)
            started = time.perf_counter()
            result = pool.submit(_train, recipe, root).result(limit)
        except TimeoutError:
            self._drop()
            return _lost(f"its training took longer than {limit:.0f} s", "budget", started)
        except BrokenProcessPool:
            self._drop()
            return _lost(
                "the process that trained it ended without a result (out of memory?)",
                "infrastructure",
                started,
            )
        except CancelledError:
            return _lost("its training was stopped", "infrastructure", started)
        except Exception as error:
            self._drop()
            return _lost(f"the trainer failed: {type(error).__name__}: {error}", "infrastructure", started)
        self._trained += 1
        if self._trained >= RENEWED_AFTER:
            self._drop()
        return result

    def kill(self) -> None:
        self._closed = True
        self._drop()

    def _drop(self) -> None:
        with self._lock:
            pool, self._pool, self._ready = self._pool, None, None
            scratch, self._scratch = self._scratch, None
            self._trained = 0
        if pool is None or scratch is None:
            return
        for process in list((pool._processes or {}).values()):
            process.kill()
        pool.shutdown(wait=True, cancel_futures=True)
        scratch.remove()


def _lost(problem: str, fault: str, started: float) -> TrainingResult:
    return TrainingResult.model_validate(
        {"problem": problem, "fault": fault, "seconds": time.perf_counter() - started}
    )


def _prepare(threads: int, scratch: Path, device: Device) -> None:
    """Start a worker: TensorFlow, but no proxies or credentials, nothing written over the console, and
    temporary files only in ``scratch``: a worker that is killed removes none.

    TensorFlow announces itself and warns of retracing on stderr; what matters comes back as results.
    """
    # Ctrl-C reaches this process too; the grader ends it, and nothing else may.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_grader, daemon=True).start()
    # Kernels, whose cells have limits in seconds, come first.
    os.nice(10)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    os.close(null)
    for name in list(os.environ):
        if name not in KEPT_VARIABLES and not name.startswith(KEPT_PREFIXES):
            del os.environ[name]
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["KERAS_BACKEND"] = "tensorflow"
    if device == "cpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    os.environ["TMPDIR"] = tempfile.tempdir = str(scratch)
    # Nothing is garbage yet of all that is imported, and each training ends with a look for garbage.
    gc.disable()
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    if device == "gpu":
        _share_the_gpu(tf)
    import grader.training.trainer  # noqa: F401

    gc.freeze()
    gc.enable()


def _share_the_gpu(tf: Any) -> None:
    """Take no more of the first GPU than a training's share; compute as the thresholds were calibrated."""
    first = tf.config.list_physical_devices("GPU")[0]
    tf.config.set_visible_devices(first, "GPU")
    share = tf.config.LogicalDeviceConfiguration(memory_limit=SHARE >> 20)
    tf.config.set_logical_device_configuration(first, [share])
    tf.config.experimental.enable_op_determinism()
    # Of float32's 23 bits TensorFloat-32 keeps 10.
    tf.config.experimental.enable_tensor_float_32_execution(False)


def _end_with_the_grader() -> None:
    """A worker that waits for work holds both ends of its queue and would wait for ever."""
    grader = multiprocessing.parent_process()
    if grader is not None:
        grader.join()
        os._exit(1)


def _ready() -> None:
    """The first thing a worker does once it has started."""


def _train(recipe: Recipe, root: Path) -> TrainingResult:
    from grader.training.trainer import train

    return train(recipe, root)


Submit = Callable[[Recipe, Path], "Future[TrainingResult]"]
"""What judging needs of :class:`Trainers`."""
