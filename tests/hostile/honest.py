"""The submissions graded beside the attacks: what they get must be what they get by themselves."""

from __future__ import annotations

from tests.hostile.attack import LAZY, write_notebook
from tests.hostile.places import Places

WORK = (
    "import numpy as np\nimport keras\nimport matplotlib.pyplot as plt\nfrom keras import layers\n"
    "x = np.random.default_rng(0).random((64, 8, 8, 1))\ny = np.arange(64) % 3",
    "model = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(4, 3, activation='relu'),\n"
    "    layers.Flatten(), layers.Dense(3, activation='softmax')])\nmodel.summary()",
    "model.compile('adam', 'sparse_categorical_crossentropy', metrics=['accuracy'])\n"
    "history = model.fit(x, y, epochs=30, verbose=0)\nmodel.save('small.keras')",
    "plt.plot(history.history['loss'], label='loss')\nplt.legend()\nplt.show()",
    "print('the answer is', 42)",
)
"""All points but one, for the loss curve stands alone in its figure."""

SHARES = {"anna": WORK, "ben": WORK[:3], "cleo": (*WORK[:2], "1 / 0", *WORK[3:]), "zoe": WORK, "lazy": LAZY}
"""Each honest student's cells; ``lazy`` is the work that the attacks do beside attacking."""


def hand_in(places: Places) -> None:
    """Put the honest submissions into the class's folder, each notebook with a secret in a comment."""
    for name, cells in SHARES.items():
        write_notebook(
            places.submissions / f"{name}.ipynb", [f"# {name} {places.honest_secret}\n{cells[0]}", *cells[1:]]
        )
