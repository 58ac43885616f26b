"""Optimizer, loss and metrics of ``compile`` in one verdict."""

from __future__ import annotations

from typing import Literal

from grader.checks.aspects import Aspect, named, of_each, together
from grader.checks.compiling import (
    ACCURACIES,
    COMPILE,
    OPTIMIZERS,
    TARGETS,
    encoding_of,
    labels_in_words,
    plain,
)
from grader.checks.fits import tried
from grader.checks.outcome import Outcome, absent, unmet
from grader.checks.registry import check
from grader.checks.targets import in_words
from grader.checks.work import Answer, Work
from grader.evidence.events import Compiled, Component, Data, Fitted

Fit = Literal["right", "another", "impossible"]

_PAIR = ("categoricalcrossentropy", "sparsecategoricalcrossentropy")
"""The same loss, for one-hot and for integer labels."""
_SHORT = {"mse": "meansquarederror", "mae": "meanabsoluteerror", "kld": "kldivergence"}
_METRIC_OF = {"categoricalaccuracy": "one_hot", "sparsecategoricalaccuracy": "integer"}
"""The labels' encoding that each accuracy asks for."""
_NEVER_EQUAL = 0.01
"""Highest accuracy of a training from which ``Accuracy()`` compares scores with labels: never equal."""


@check("compiled", written_as=("compile",))
def compiled(
    work: Work,
    *,
    network: str | None = None,
    networks: tuple[str, ...] = (),
    optimizer: tuple[str, ...] = (),
    loss: str = "crossentropy",
    metrics: tuple[str, ...] = ("accuracy",),
    same_as: str | None = None,
) -> Outcome:
    """Look at optimizer, loss and metrics of ``compile`` together: one of them wrong is partly, all are not.

    A loss that cannot work with the labels is not, whatever the rest. ``sparse_categorical_crossentropy``
    with integer labels is as good as ``categorical_crossentropy`` with one-hot labels. A missing softmax
    costs nothing here but where the output layer is judged.

    Args:
        network: Name of the expected network.
        networks: Names of several, in place of ``network``: some of them right is partly.
        optimizer: Keras names that are accepted; empty accepts every optimizer that Keras has.
        loss: ``crossentropy`` is the one that fits the labels and the output layer; else a Keras name.
        metrics: Metrics that must be there; ``accuracy`` means any accuracy that fits the labels.
        same_as: Another network whose optimizer and metrics it must have.
    """
    asked = [" or ".join(optimizer)] if optimizer else []
    asked += [loss, *metrics, *([f"as {same_as}"] if same_as else [])]
    wanted = f"compiled with {', '.join(asked)}"

    def judge(name: str) -> Outcome:
        found, answer = _compilation(work, name), work.answer(name)
        if found is None or answer is None:
            return absent(wanted, COMPILE, found="the network is never compiled")
        fit = tried(work, name)
        of_loss = _loss(found, answer, fit, loss)
        if of_loss is None:
            hint = _mend(encoding_of(fit.data if fit else None))
            return unmet(wanted, _loss_in_words(found, fit), hint, cells=(found.cell,))
        other = _compilation(work, same_as) if same_as else None
        # The one that it must be like decides, unless that was never compiled.
        aspects = [_optimizer(found, optimizer)] if optimizer or other is None else []
        aspects += [of_loss, _metrics(found, answer, fit, metrics)]
        aspects += [_alike(found, other, same_as or "")] if other is not None else []
        return together(wanted, aspects, (found.cell,))

    return of_each(named(network, networks), judge)


def _compilation(work: Work, network: str) -> Compiled | None:
    """The one that counts; of a network like it where the answer itself has none."""
    like = work.of_alike(network, Compiled)
    return work.compilation(network) or (like[-1] if like else None)


def _optimizer(found: Compiled, names: tuple[str, ...]) -> Aspect:
    given = found.optimizer.name
    right = plain(given) in (tuple(map(plain, names)) or OPTIMIZERS)
    return Aspect(right, given, f'Pass optimizer="{(names or ("adam",))[0].lower()}" to compile().')


def _loss(found: Compiled, answer: Answer, fit: Fitted | None, wanted: str) -> Aspect | None:
    """What the loss is worth; None for one that cannot work."""
    if not found.losses:
        return None
    given, data = found.losses[0], fit.data if fit else None
    words = _loss_in_words(found, fit)
    fits = fit_of_loss(given, wanted, data, _units(answer))
    if fits == "impossible":
        return None
    if fits == "another":
        return Aspect(False, words, _mend(encoding_of(data)) if wanted == "crossentropy" else _use(wanted))
    logits = bool(given.config.get("from_logits", False))
    if logits and answer.output_activation in ("softmax", "sigmoid"):
        hint = f"The output layer has {answer.output_activation} already: leave out from_logits=True."
        return Aspect(False, f"{words}, from_logits=True", hint)
    remarks: tuple[str, ...] = ()
    if not logits and answer.output_activation == "linear":
        remarks = ("The loss takes the outputs for probabilities, and the output layer has no softmax.",)
    if (
        encoding_of(data)
        and plain(wanted) in _PAIR
        and plain(given.name) in _PAIR
        and plain(given.name) != plain(wanted)
    ):
        labels = labels_in_words(encoding_of(data))
        remarks = (*remarks, f"{given.name} with {labels} is the same loss as {wanted}.")
    return Aspect(True, words, remarks=remarks)


def fit_of_loss(given: Component, wanted: str, data: Data | None, units: int | None) -> Fit:
    """Whether a loss is the one wanted, another one that can work, or one that cannot.

    Args:
        given: The loss of ``compile``.
        wanted: ``crossentropy`` or a Keras name.
        data: What the network is trained on.
        units: Of the output layer.
    """
    name, encoding = _long(given.name), encoding_of(data)
    if name in TARGETS and encoding and TARGETS[name] != encoding:
        return "impossible"
    if name not in TARGETS and encoding == "integer" and _is_of_keras(name) and (units or 1) > 1:
        # Each score is compared with the number of the class.
        return "impossible"
    binary = name == "binarycrossentropy" and units == 1
    if wanted == "crossentropy":
        return "right" if name in TARGETS or binary else "another"
    pair = name in _PAIR and _long(wanted) in _PAIR
    return "right" if name == _long(wanted) or pair else "another"


def _is_of_keras(name: str) -> bool:
    known = ("crossentropy", "error", "hinge", "divergence", "poisson", "huber", "logcosh", "similarity")
    return name.endswith(known)


def _long(name: str) -> str:
    return _SHORT.get(plain(name), plain(name))


def _units(answer: Answer) -> int | None:
    units = answer.output.arguments.get("units") if answer.output else None
    return units if isinstance(units, int) else None


def _loss_in_words(found: Compiled, fit: Fitted | None) -> str:
    if not found.losses:
        return "no loss"
    data = fit.data if fit else None
    odd = data is not None and data.labels is not None and not encoding_of(data)
    labels = in_words(data.labels) if odd and data is not None else labels_in_words(encoding_of(data))
    return f"{found.losses[0].name} with {labels}"


def _use(loss: str) -> str:
    return f'Pass loss="{loss}" to compile().'


def _mend(encoding: str) -> str:
    if encoding == "integer":
        return 'Your labels are integers: use loss="sparse_categorical_crossentropy", or make them one-hot.'
    return _use("categorical_crossentropy")


def _metrics(found: Compiled, answer: Answer, fit: Fitted | None, include: tuple[str, ...]) -> Aspect:
    words = ", ".join(found.metrics) or "no metrics"
    missing = [name for name in include if not any(_is(name, given, answer, fit) for given in found.metrics)]
    return Aspect(not missing, words, f"Pass metrics={list(include)} to compile().")


def _is(wanted: str, given: str, answer: Answer, fit: Fitted | None) -> bool:
    """Whether a metric is the one wanted and says something with these labels."""
    if plain(wanted) not in ("accuracy", "acc"):
        return plain(wanted) == plain(given)
    encoding = encoding_of(fit.data if fit else None)
    if plain(given) in _METRIC_OF:
        return encoding in ("", _METRIC_OF[plain(given)])
    if plain(given) == "binaryaccuracy":
        return (_units(answer) or 1) == 1
    values = fit.history.get("accuracy", ()) if fit else ()
    compares = given == "Accuracy" and bool(values) and max(values) <= _NEVER_EQUAL
    return plain(given) in ACCURACIES and not compares


def _alike(found: Compiled, other: Compiled, name: str) -> Aspect:
    one, two = _settings(found), _settings(other)
    words = f"{found.optimizer.name} where {name} has {other.optimizer.name}"
    hint = f"Pass the optimizer and the metrics of {name} to compile()."
    if one != two:
        return Aspect(False, words if one[0] != two[0] else f"other metrics than {name}", hint)
    rates = (found.optimizer.config.get("learning_rate"), other.optimizer.config.get("learning_rate"))
    remarks = (f"The learning rate is {rates[0]}; {name} has {rates[1]}.",) if rates[0] != rates[1] else ()
    return Aspect(True, f"as {name}", remarks=remarks)


def _settings(compiled: Compiled) -> tuple[str, frozenset[str]]:
    metrics = ("accuracy" if plain(each) in ACCURACIES else plain(each) for each in compiled.metrics)
    return plain(compiled.optimizer.name), frozenset(metrics)
