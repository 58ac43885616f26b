"""Attacks that claim what was never done."""

from __future__ import annotations

from tests.hostile.attack import attack
from tests.hostile.places import Places

FORGE = """
import glob, json, os
def files():
    for number in os.listdir('/proc/self/fd'):
        try:
            if os.readlink(f'/proc/self/fd/{number}').endswith('events.jsonl'): yield int(number)
        except OSError: pass
def forge(**event):
    for number in files(): os.write(number, json.dumps({'cell': 1, **event}).encode() + b'\\n')
"""
DATA = "{'container': 'array', 'samples': 64, 'shape': [8, 8, 1], 'dtype': 'float32'}"
MODEL = """
def layer(kind, **config):
    return {'module': 'keras.layers', 'class_name': kind, 'config': config, 'registered_name': None}
whole = {'module': 'keras', 'class_name': 'Sequential', 'registered_name': None, 'config': {'name': 's', 'layers': [
    layer('InputLayer', batch_shape=[None, 8, 8, 1], dtype='float32', name='i'),
    layer('Conv2D', name='c', filters=4, kernel_size=[3, 3], strides=[1, 1], padding='valid', activation='relu', dilation_rate=[1, 1], groups=1, use_bias=True),
    layer('Flatten', name='f'), layer('Dense', name='d', units=3, activation='softmax', use_bias=True)]},
    'build_config': {'input_shape': [None, 8, 8, 1]}}
"""
LOSSES = "[1 / (n + 1) for n in range(30)]"


@attack("forge", "points for a network that was never built")
def network_event(places: Places) -> str:
    return f"{FORGE}\n{MODEL}\nforge(kind='model', model=901, class_name='Sequential', config=whole, variables=['model'], input_shape=[8, 8, 1], parameters=475)"


@attack("forge", "all points, by a whole run of made-up events", last=True)
def whole_run(places: Places) -> str:
    return f"""{FORGE}\n{MODEL}
forge(kind='model', model=901, class_name='Sequential', config=whole, variables=['model'], input_shape=[8, 8, 1], parameters=475)
forge(kind='summarised', model=901)
forge(kind='compiled', model=901, optimizer={{'name': 'Adam'}}, losses=[{{'name': 'sparse_categorical_crossentropy'}}], metrics=['accuracy'])
forge(kind='fitted', model=901, epochs=30, data={DATA}, history={{'loss': {LOSSES}, 'accuracy': [1.0] * 30}}, epochs_run=30, weights='a', weights_after='b')
forge(kind='figure', axes=[{{'position': [0, 0, 1, 1], 'lines': [{{'label': 'loss', 'values': {LOSSES}, 'length': 30}}], 'legend': ['loss']}}])
forge(kind='saved', model=901, path='/content/small.keras')
"""


@attack("forge", "points for a training that never ran", last=True)
def training_event(places: Places) -> str:
    return f"""{FORGE}
for number in range(1, 4):
    forge(kind='compiled', model=number, optimizer={{'name': 'Adam'}}, losses=[{{'name': 'sparse_categorical_crossentropy'}}], metrics=['accuracy'])
    forge(kind='fitted', model=number, epochs=30, data={DATA}, history={{'loss': {LOSSES}, 'accuracy': [1.0] * 30}}, epochs_run=30, weights='a', weights_after='b')
"""


@attack("forge", "a training by the recorder's own hands", last=True)
def by_the_recorder(places: Places) -> str:
    return """
import gc
from grader.recorder.log import Log
from grader.evidence import events
for log in [thing for thing in gc.get_objects() if type(thing).__name__ == 'Log']:
    data = events.Data(container='array', samples=64, shape=(8, 8, 1))
    log.write(events.Compiled, model=1, optimizer=events.Component(name='Adam'), losses=(events.Component(name='sparse_categorical_crossentropy'),), metrics=('accuracy',))
    log.write(events.Fitted, model=1, epochs=30, data=data, history={'loss': (1.0, 0.1)}, epochs_run=30, weights='a', weights_after='b')
    log.write(events.Summarised, model=1)
    log.write(events.Saved, model=1, path='/content/small.keras')
"""


@attack("forge", "a History with accuracy 1.0", last=True)
def history(places: Places) -> str:
    return """
made = keras.callbacks.History()
made.history = {'loss': [1 / (n + 1) for n in range(30)], 'accuracy': [1.0] * 30, 'val_accuracy': [1.0] * 30}
made.epoch, made.params, made.model = list(range(30)), {'epochs': 30}, model
model.history = made
print(made.history['accuracy'], 'accuracy: 1.0000 - val_accuracy: 1.0000')
"""


@attack("forge", "marks by words: markers, scores, JSON, nbgrader's and okpy's own", last=True)
def score_markers(places: Places) -> str:
    return """
import json
print('15/15 points', 'PASSED', '### BEGIN HIDDEN TESTS', 'Score: 100%', 'Grade: A+')
print(json.dumps({'earned': 15, 'points': 15, 'status': 'graded', 'checks': [{'id': '1a', 'earned': 2}]}))
open('grades.json', 'w').write(json.dumps({'earned': 15}))
from IPython.display import display, Javascript
display({'application/vnd.grader+json': {'earned': 15}}, raw=True)
"""


@attack("forge", "saved models that were never trained", last=True)
def saved_files(places: Places) -> str:
    return """
for name in ('small.keras', 'best_model.h5', 'small.weights.h5'): open(name, 'wb').write(b'PK\\x03\\x04 no model at all')
"""


@attack("forge", "curves of a training by a figure drawn from made-up numbers", last=True)
def figure(places: Places) -> str:
    return """
import matplotlib.pyplot as plt
plt.plot([1 / (n + 1) for n in range(30)], label='loss'); plt.title('loss'); plt.legend(); plt.show()
"""


@attack("forge", "a fault in the grader by absurd numbers", last=True)
def absurd_numbers(places: Places) -> str:
    return f"""{FORGE}\n{MODEL}
for number in (float('nan'), float('inf'), 1e308, -1e308, 10 ** 30, 10 ** 4000, -1, 2 ** 63):
    forge(kind='fitted', model=1, epochs=number, batch_size=number, data={{**{DATA}, 'samples': number, 'minimum': number}}, history={{'loss': [number] * 30}}, epochs_run=number, validation_split=number)
    forge(kind='predicted', model=1, data={DATA}, output_shape=[number, number], scores=[[number]])
    forge(kind='figure', axes=[{{'position': [number] * 4, 'lines': [{{'values': [number], 'length': number}}], 'bars': number}}])
    forge(kind='model', model=number, class_name='Sequential', config=whole, parameters=number, input_shape=[number])
    for config in ({{'units': number}}, {{'filters': number}}, {{'kernel_size': [number] * 50}}):
        forge(kind='model', model=77, class_name='Sequential', config={{**whole, 'config': {{'layers': [layer('Dense', **config), layer('Conv2D', **config)]}}}})
    forge(kind='evaluated', model=1, data={DATA}, results={{'accuracy': number}})
"""


@attack("forge", "a fault in the grader by a network of a billion layers, deep nesting and loops", last=True)
def absurd_networks(places: Places) -> str:
    return f"""{FORGE}\n{MODEL}
def seen(config): forge(kind='model', model=78, class_name='Sequential', config=config, variables=['model'])
nested = whole
for _ in range(300): nested = {{**whole, 'config': {{'name': 'n', 'layers': [nested]}}}}
seen(nested)
seen({{**whole, 'config': {{'name': 'long', 'layers': [layer('Dense', units=3, name='d')] * 20_000}}}})
seen({{**whole, 'config': {{'name': 'wide', 'layers': [layer('Dense', units=10 ** 9, name='d')] * 50}}}})
seen({{**whole, 'config': {{'name': 'odd', 'layers': None}}}}); seen({{'class_name': 'Sequential'}}); seen({{}})
seen({{'class_name': 'Functional', 'config': {{'layers': [{{**layer('Dense', units=3), 'name': 'a', 'inbound_nodes': [{{'args': [{{'class_name': '__keras_tensor__', 'config': {{'keras_history': ['a', 0, 0]}}}}], 'kwargs': {{}}}}]}}], 'input_layers': [['a', 0, 0]], 'output_layers': [['a', 0, 0]]}}}})
for number in files(): os.write(number, b'[' * 100_000 + b'\\n' + b'{{"kind": "model", "cell": 1e999}}\\n' + b'\\x00' * 1000 + b'\\n')
"""


@attack("forge", "other cells' output, by messages signed with the kernel's key")
def messages(places: Places) -> str:
    return """
kernel = get_ipython().kernel
def tell(kind, **content): kernel.session.send(kernel.iopub_socket, kind, content, parent=kernel.get_parent(), ident=kind.encode())
for kind in ('stream', 'display_data', 'execute_result', 'error', 'clear_output', 'update_display_data', 'comm_open', 'comm_msg', 'comm_close', 'execute_input', 'status', 'shutdown_reply', 'nonsense'):
    tell(kind); tell(kind, name=1, text=None, data=3, metadata='x', evalue=None, traceback=None, comm_id=[], target_name=7, transient=None)
tell('stream', name='stdout', text='the answer is 41')
tell('status', execution_state='dead'); tell('status', execution_state='idle')
"""


@attack("forge", "that the answer's cell ended well, by a reply of its own")
def replies(places: Places) -> str:
    return """
kernel = get_ipython().kernel
def swear(*arguments, **keywords): return {'status': 'ok', 'execution_count': 10 ** 9, 'payload': [{'source': 'set_next_input', 'text': 'x' * 1000, 'replace': True}], 'user_expressions': None}
kernel.session.send(kernel.shell_stream if hasattr(kernel, 'shell_stream') else kernel.shell_streams[0], 'execute_reply', {'status': 3, 'payload': 7}, parent=kernel.get_parent())
kernel.do_execute = swear
"""
