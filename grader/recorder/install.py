"""Installing the recorder into a freshly forked kernel."""

from __future__ import annotations

from typing import Any

from grader.evidence.settings import RecorderSettings
from grader.recorder.colab import provide_colab
from grader.recorder.figures import draw_lightly, watch_figures
from grader.recorder.files import watch_files
from grader.recorder.held import watch_held_data
from grader.recorder.loaders import watch_loaders
from grader.recorder.log import Log
from grader.recorder.metrics import watch_metrics
from grader.recorder.models import watch_models
from grader.recorder.old_keras import provide_old_spellings
from grader.recorder.output import bound_output
from grader.recorder.pretrained import provide_weights
from grader.recorder.recorder import Recorder
from grader.recorder.shell import watch_shell
from grader.recorder.tampering import hide
from grader.recorder.training import watch_training
from grader.recorder.watch import together


def install(
    settings: RecorderSettings,
    app: Any,
    events: int,
    current_cell: Any,
    arrays: dict[str, str],
    weights: dict[str, str],
    mapped: bool,
    key: str,
) -> None:
    """Watch everything in the kernel of the initialised ``IPKernelApp``.

    ``events`` is an open file descriptor, ``current_cell`` four bytes that the harness keeps up to date,
    ``arrays`` the data sets served in place of ``keras.datasets``, ``weights`` the files of pre-trained
    networks; with ``mapped`` they lie in the notebook's private world. ``key`` seals the journal.
    """
    recorder = Recorder(Log(settings, events, current_cell, key))
    shell = app.shell
    if mapped:
        arrays = {name: f"/var/lib/arrays/{name}.npz" for name in arrays}
        weights = {name: f"/var/lib/weights/{name}.h5" for name in weights}
    with together():
        watch_models(recorder, shell.user_ns, shell)
        provide_weights(recorder, weights)
        watch_training(recorder)
        watch_loaders(recorder, arrays)
        watch_held_data(recorder, shell.user_ns, shell)
        watch_metrics(recorder)
        draw_lightly(recorder)
        watch_figures(recorder)
        provide_colab(recorder)
        provide_old_spellings(recorder)
        watch_shell(recorder, shell, app.kernel)
        bound_output(shell)
        shell.enable_matplotlib("inline")
        watch_files(recorder)
    hide(recorder)
