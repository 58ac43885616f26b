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


@attack("patch", "Keras's word on what networks hold")
def keras_configuration(places: Places) -> str:
    return """
import keras
keras.layers.Conv2D.get_config = lambda self: {'name': 'c', 'filters': 4, 'kernel_size': (3, 3), 'activation': 'relu'}
keras.layers.Dense.get_config = lambda self: {'name': 'd', 'units': 3, 'activation': 'softmax'}
"""


@attack("patch", "Keras's word on a network as a whole", last=True)
def keras_serialization(places: Places) -> str:
    return """
good = keras.Sequential([keras.Input((8, 8, 1)), layers.Dense(2)]).get_config()
whole = keras.saving.serialize_keras_object
def serialize(thing, **options):
    made = whole(thing, **options)
    for layer in made['config'].get('layers', []):
        layer['config'].update({'filters': 4, 'activation': 'softmax' if layer['class_name'] == 'Dense' else 'relu'})
    return made
keras.saving.serialize_keras_object = serialize
"""


@attack("patch", "one layer's word on itself", last=True)
def layer_configuration(places: Places) -> str:
    return """
first, last = model.layers[0], model.layers[-1]
first.get_config = lambda: {'name': 'c', 'filters': 4, 'kernel_size': (3, 3), 'activation': 'relu'}
last.get_config = lambda: {'name': 'd', 'units': 3, 'activation': 'softmax'}
"""


@attack("patch", "the recorder, found through what it wraps", last=True)
def through_wrappers(places: Places) -> str:
    return """
import sys
def search(thing, depth=0):
    for cell in getattr(thing, '__closure__', None) or ():
        if type(cell.cell_contents).__name__ == 'Recorder': return cell.cell_contents
        if callable(cell.cell_contents) and depth < 3 and (found := search(cell.cell_contents, depth + 1)): return found
recorder = search(keras.Model.fit._self_wrapper) or search(keras.Model.summary._self_wrapper)
kinds = {kind.__name__: kind for kind in type(recorder.log).write.__globals__['Event'].__subclasses__()}
recorder.log.write(kinds['Summarised'], model=1)
recorder.log.write(kinds['Saved'], model=1, path='/content/small.keras')
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
