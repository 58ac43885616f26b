"""Attacks by sheer size. Each has an end of its own far below what harms a machine: what is measured is whether
the grader ends it earlier."""

from __future__ import annotations

from tests.hostile.attack import attack
from tests.hostile.places import Places


@attack("bomb", "the machine's processes")
def forks(places: Places) -> str:
    return """
import os, time
for _ in range(600):
    if os.fork() == 0:
        time.sleep(30)
        os._exit(0)
"""


@attack("bomb", "the machine's threads")
def threads(places: Places) -> str:
    return """
import threading, time
for _ in range(3000): threading.Thread(target=time.sleep, args=(30,), daemon=True).start()
"""


@attack("bomb", "the machine's memory, by numpy")
def memory_numpy(places: Places) -> str:
    return """
import numpy as np
kept = []
for _ in range(12): kept.append(np.ones(1 << 26))
"""


@attack("bomb", "the machine's memory, by TensorFlow")
def memory_tensorflow(places: Places) -> str:
    return """
import tensorflow as tf
kept = []
for _ in range(12): kept.append(tf.ones((1 << 27,), tf.float32) + 1)
"""


@attack("bomb", "the machine's memory, by mmap")
def memory_mmap(places: Places) -> str:
    return """
import mmap
kept = []
for _ in range(12):
    kept.append(mmap.mmap(-1, 1 << 29))
    for start in range(0, 1 << 29, 4096): kept[-1][start] = 1
"""


@attack("bomb", "the machine's memory, shared out among processes")
def memory_of_many(places: Places) -> str:
    return """
import os, time
for _ in range(5):
    if os.fork() == 0:
        kept = bytearray(b'x') * (1 << 30)
        time.sleep(3)
        os._exit(0)
time.sleep(3)
"""


@attack("bomb", "the machine's disk")
def disk(places: Places) -> str:
    return """
import os
for folder in ('.', '/tmp', '/dev/shm', '/root', '/run', '/var'):
    try:
        for number in range(6):
            with open(os.path.join(folder, f'bomb{number}'), 'wb') as file:
                for _ in range(64): file.write(bytes(1 << 23))
    except OSError as error: print(error)
"""


@attack("bomb", "the grader's memory, by text")
def output_text(places: Places) -> str:
    return """
import os, sys
for _ in range(200): print('x' * (1 << 20))
get_ipython().kernel.session.send(get_ipython().kernel.iopub_socket, 'stream', {'name': 'stdout', 'text': 'y' * (300 << 20)}, parent=get_ipython().kernel.get_parent())
"""


@attack("bomb", "the grader's memory, by pictures, metadata and widgets")
def output_rich(places: Places) -> str:
    return """
kernel = get_ipython().kernel
def tell(kind, **content): kernel.session.send(kernel.iopub_socket, kind, content, parent=kernel.get_parent())
for number in range(40):
    tell('display_data', data={'image/png': 'A' * (8 << 20)}, metadata={}, transient={})
    tell('display_data', data={}, metadata={'much': 'B' * (8 << 20)}, transient={})
    tell('comm_open', comm_id=str(number), target_name='jupyter.widget', data={'state': {'_model_name': 'X', 'value': 'C' * (8 << 20)}})
"""


@attack("bomb", "the grader's memory, by tiny messages")
def output_many(places: Places) -> str:
    return """
from IPython.display import display
for number in range(100_000): display(number)
"""


@attack("bomb", "the grader's memory, by what libraries write past Python")
def log(places: Places) -> str:
    return """
import os
for number in (1, 2):
    try:
        for _ in range(70): os.write(number, b'z' * (4 << 20))
    except OSError as error: print(error)
"""


@attack("bomb", "the grader's memory, by events without end", last=True)
def events(places: Places) -> str:
    return """
import json, os
number = next(int(number) for number in os.listdir('/proc/self/fd') if os.path.islink(f'/proc/self/fd/{number}') and os.readlink(f'/proc/self/fd/{number}').endswith('events.jsonl'))
nested = '[' + ','.join(['[]'] * 300_000) + ']'
line = json.dumps({'kind': 'stubbed', 'cell': 0, 'name': 'x' * 1_000_000}) + '\\n'
odd = '{"kind": "dataset", "cell": 0, "dataset": 1, "loader": "x", "arguments": {"a": ' + nested + '}}\\n'
for _ in range(150): os.write(number, line.encode()); os.write(number, odd.encode())
for _ in range(100_000): open('one', 'w').close()
"""


@attack("bomb", "the grader's memory, by a traceback")
def traceback(places: Places) -> str:
    return """
def deep(n): return deep(n - 1) if n else 1 / 0
class Long(Exception):
    def __str__(self): return 'e' * (100 << 20)
    def _render_traceback_(self): return ['t' * 1000] * 300_000
raise Long
"""
