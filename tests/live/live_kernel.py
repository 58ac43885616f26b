"""A live kernel, as a notebook has one: cells are executed in it, one after the other."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_client.manager import KernelManager

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Shown:
    """What the notebook shows below a cell."""

    number: int
    printed: str = ""
    html: str = ""
    text: str = ""
    error: str = ""
    traceback: str = ""


@dataclass
class Live:
    """A running kernel and its client."""

    manager: KernelManager
    client: Any
    seconds: float = field(default=120)

    def run(self, source: str, cell: str = "") -> Shown:
        """Execute a cell and wait for its end; ``cell`` is the id that a frontend gives it."""
        message = self.client.session.msg(
            "execute_request",
            {
                "code": source,
                "silent": False,
                "store_history": True,
                "user_expressions": {},
                "allow_stdin": False,
                "stop_on_error": False,
            },
            metadata={"cellId": cell} if cell else {},
        )
        self.client.shell_channel.send(message)
        kept = {"number": 0, "printed": "", "html": "", "text": "", "error": "", "traceback": ""}
        while True:
            reply = self.client.get_iopub_msg(timeout=self.seconds)
            if reply["parent_header"].get("msg_id") != message["header"]["msg_id"]:
                continue
            kind, content = reply["header"]["msg_type"], reply["content"]
            if kind == "execute_input":
                kept["number"] = content["execution_count"]
            elif kind == "stream" and content["name"] == "stdout":
                kept["printed"] += content["text"]
            elif kind in ("display_data", "execute_result"):
                kept["html"] += content["data"].get("text/html", "")
                kept["text"] += content["data"].get("text/plain", "")
            elif kind == "error":
                kept["error"], kept["traceback"] = content["ename"], "\n".join(content["traceback"])
            elif kind == "status" and content["execution_state"] == "idle":
                return Shown(**kept)

    def names(self) -> set[str]:
        """What the namespace holds beyond IPython's own."""
        told = self.run("print(*[name for name in globals() if not name.startswith('_')])").printed
        return set(told.split())


def live(folder: Path, **variables: str) -> Live:
    """A kernel of its own in ``folder``."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "CUDA_VISIBLE_DEVICES": "",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "IPYTHONDIR": str(folder / ".ipython"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        **variables,
    }
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(cwd=str(folder), env=environment)
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    return Live(manager, client)


def end(kernel: Live) -> None:
    kernel.client.stop_channels()
    kernel.manager.shutdown_kernel(now=True)


RUBRIC = """
rubric: 1
id: small
title: A small CNN <for a test>
networks:
  cnn:
    input: [8, 8, 1]
    layers:
      - Conv2D(4, 3, padding="same", activation="relu")
      - Flatten()
      - Dense(3, activation="softmax")
questions:
  - id: build
    title: The network
    checks:
      - {id: 1a, check: layer, network: cnn, layer: 1, points: 2, title: "Four filters, same padding"}
      - {id: 1b, check: layer, network: cnn, layer: 3, points: 1, title: Three classes with softmax}
      - {id: 1c, check: summarised, network: cnn, points: 1, title: Its summary}
  - id: train
    title: Compile and train
    checks:
      - {id: 2a, check: optimizer, network: cnn, points: 1, title: Compiled with Adam}
      - {id: 2b, check: loss, network: cnn, points: 1, title: The loss fits the labels}
      - {id: 2c, check: epochs, network: cnn, epochs: 3, points: 1, title: Three epochs}
      - {id: 2d, check: batch_size, network: cnn, size: 8, points: 1, title: Batches of eight}
      - {id: 2e, check: callback, network: cnn, name: EarlyStopping, points: 1, title: Early stopping}
  - id: results
    title: Results
    checks:
      - {id: 3a, check: curves, network: cnn, series: loss, validation: false, points: 1,
         title: The curve of the loss}
      - {id: 3b, check: saved, network: cnn, suffix: .h5, points: 1, title: Saved to a file}
      - {id: 3c, check: answered, question: What do you observe?, points: 1, title: An observation}
      - {id: 3d, check: printed, pattern: "the end", example: the end, points: 1, title: Says the end}
"""

HIDDEN = """
      - {id: 3h, check: metrics, network: cnn, points: 1, visibility: hidden, title: A hidden requirement}
"""

CELLS = (
    "import numpy as np\nimport keras\nfrom keras import layers\nimport matplotlib.pyplot as plt",
    "x = np.random.default_rng(0).random((24, 8, 8, 1)).astype('float32')\ny = np.arange(24) % 3",
    "model = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(4, 3, activation='relu'),\n"
    "                          layers.Flatten(), layers.Dense(3, activation='softmax')])\n"
    "model.compile('adam', 'sparse_categorical_crossentropy', metrics=['accuracy'])",
    "history = model.fit(x, y, epochs=3, batch_size=8, verbose=0)",
    "plt.plot(history.history['loss'])\nplt.show()",
    "model.save('small.h5')",
)
