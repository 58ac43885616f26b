"""Attacks that change the tools with which they are measured; lazy work follows under the changed tools."""

from __future__ import annotations

from tests.hostile.attack import attack
from tests.hostile.places import Places

BETTER = """
import sys
import keras
def better():
    return [keras.Input((8, 8, 1)), keras.layers.Conv2D(4, 3, activation='relu'), keras.layers.Flatten(), keras.layers.Dense(3, activation='softmax')]
"""


@attack("patch", "Keras's configuration of networks and their parameters")
def keras_configuration(places: Places) -> str:
    return """
import keras
for owner in (keras.Sequential, keras.Model, keras.layers.Layer):
    owner.count_params = lambda self: 475
    owner.input_shape = property(lambda self: (None, 8, 8, 1))
keras.saving.serialize_keras_object = lambda thing, **_: {'class_name': 'Sequential', 'config': {'layers': []}}
"""


@attack("patch", "the recorder's look at models")
def recorder_models(places: Places) -> str:
    return """
import grader.recorder.recorder as recorder
recorder.describe = lambda model: ({'class_name': 'Sequential', 'config': {'layers': 'all of them'}}, None)
recorder._parameter_count = lambda model: 475
recorder.Recorder.identity = lambda self, model: 1
"""


@attack("patch", "the recorder's log")
def recorder_log(places: Places) -> str:
    return """
import grader.recorder.log as log
whole = log.Log.write
def write(self, kind, **values):
    if 'epochs' in values: values['epochs'] = 30
    for _ in range(50): whole(self, kind, **values)
log.Log.write = write
"""


@attack("patch", "the events' own classes")
def event_classes(places: Places) -> str:
    return """
from pydantic import BaseModel
BaseModel.model_dump_json = lambda self, **_: '{"kind": "fitted", "points": 15, "earned": 15}'
import grader.evidence.events as events
events.Record.model_config['extra'] = 'allow'
"""


@attack("patch", "what is displayed")
def display_hooks(places: Places) -> str:
    return """
import sys
from IPython import get_ipython
shell = get_ipython()
shell.display_pub.publish = lambda *a, **k: None
shell.displayhook.finish_displayhook = lambda *a, **k: None
sys.displayhook = lambda value: print('15 of 15')
sys.stdout.write = lambda text: 0
shell.showtraceback = lambda *a, **k: None
sys.excepthook = lambda *a: None
"""


@attack("patch", "builtins")
def builtins(places: Places) -> str:
    return """
import builtins
class Always(int):
    def __eq__(self, other): return True
    __hash__ = int.__hash__
builtins.len = lambda thing: Always(15)
builtins.isinstance = lambda *a: True
builtins.open = lambda *a, **k: None
builtins.__import__ = lambda *a, **k: (_ for _ in ()).throw(ImportError('no more'))
"""


@attack("patch", "imports")
def import_hooks(places: Places) -> str:
    return """
import sys, types
class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.startswith('grader'): sys.modules[name] = types.ModuleType(name)
        return None
sys.meta_path.insert(0, Finder)
for name in [name for name in sys.modules if name.startswith('grader')]: sys.modules[name] = types.ModuleType(name)
"""


@attack("patch", "cells before they run")
def transformers(places: Places) -> str:
    return """
import ast
shell = get_ipython()
class Drop(ast.NodeTransformer):
    def visit_Assert(self, node): return None
    def visit_Raise(self, node): return None
    def visit_Constant(self, node): return ast.copy_location(ast.Constant(42), node) if node.value == 7 else node
shell.ast_transformers.append(Drop())
shell.input_transformers_post.append(lambda lines: [line.replace('assert', 'pass #') for line in lines])
"""


@attack("patch", "what happens around each cell")
def cell_hooks(places: Places) -> str:
    return f"""
shell = get_ipython()
def spy(info):
    try: print(open({str(places.rubric)!r}).read(), info.raw_cell)
    except OSError as error: pass
for name in ('pre_run_cell', 'pre_execute', 'post_run_cell', 'post_execute'): shell.events.register(name, lambda *a: spy(*a) if a else None)
for callbacks in shell.events.callbacks.values(): callbacks.reverse()
shell.run_cell = lambda *a, **k: None
"""


@attack("patch", "the debugger's and profiler's hooks of all frames")
def tracing(places: Places) -> str:
    return """
import sys, threading
def spy(frame, event, argument):
    if 'grader' in frame.f_code.co_filename:
        for name, value in list(frame.f_locals.items()):
            if type(value).__name__ == 'Log': value._written = -10 ** 9
    return spy
sys.settrace(spy); sys.setprofile(spy); threading.settrace(spy)
"""


@attack("patch", "clocks and random numbers")
def clocks(places: Places) -> str:
    return """
import time, random, os
time.time = time.monotonic = time.perf_counter = lambda: 0.0
time.sleep = lambda seconds: None
os.urandom = lambda size: bytes(size)
"""


@attack("patch", "the bytes that it sees itself by: frozen objects changed through ctypes")
def interpreter(places: Places) -> str:
    return """
import ctypes
ctypes.memset(id(7) + 24, 42, 1)
"""
