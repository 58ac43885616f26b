"""How many notebooks a machine takes at a time."""

import os
from types import SimpleNamespace

import psutil
import pytest

from grader.executors.machine import MEMORY_A_JOB, jobs_here


@pytest.mark.parametrize(
    ("processors", "memory", "jobs"),
    [(2, 24 << 30, 2), (16, 128 << 30, 16), (16, 8 << 30, 2), (4, 1 << 30, 1), (1, 24 << 30, 1)],
)
def test_one_a_processor_as_far_as_memory_goes(monkeypatch, processors, memory, jobs):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(processors)))
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=memory))
    assert jobs_here() == jobs
    assert jobs_here() * MEMORY_A_JOB <= max(memory, MEMORY_A_JOB)
