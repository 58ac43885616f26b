"""Checks of training curves: a line's values are compared with the histories that ``fit`` returned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from grader.checks.figures import drawn_unseen, smoothed
from grader.checks.outcome import Outcome, absent, met, partly, unmet
from grader.checks.registry import check
from grader.checks.work import Work
from grader.evidence.events import Axes, FigureShown, Fitted

if TYPE_CHECKING:
    import numpy as np

Place = tuple[FigureShown, int]
"""A figure and the number of one of its axes."""

_ACCURACY = ("accuracy", "acc", "sparse_categorical_accuracy", "categorical_accuracy")
_UNSEEN = "drawn by a library that is not watched, or smoothed: judged as written"


@check("curves", written_as=("plot", "plot_history", "lineplot"))
def curves(
    work: Work, *, network: str, series: str, validation: bool = True, together: bool = False
) -> Outcome:
    """Look for curves of a training: the line's values are compared with the history that ``fit`` returned.

    Any training of the network counts, the last one before it was judged first. One curve of two is partly.

    Args:
        network: Name of the expected network.
        series: Name in the history, e.g. ``loss`` or ``accuracy``.
        validation: Whether its ``val_`` partner is asked for too.
        together: Whether both must stand in one axes; otherwise separate figures are as good.
    """
    names = (series, f"val_{series}") if validation else (series,)
    wanted = f"curves of training and validation {series}" if validation else f"the curve of the {series}"
    hint = " and ".join(f"history.history['{name}']" for name in names)
    hint = f"Plot {hint} with plt.plot()."
    trainings = _trainings(work, network)
    if not trainings:
        return absent(wanted, hint, found="no training whose history could be plotted")
    outcomes = [_curves(work, fit, names, together, wanted, hint) for fit in trainings]
    best = max(outcomes, key=lambda outcome: outcome.score)
    if best.score < 1 and (cell := _unseen(work, names, min(fit.cell for fit in trainings))) is not None:
        return met(wanted, "curves in a form that cannot be measured", cells=(cell,), remarks=(_UNSEEN,))
    return best


def _curves(work: Work, fit: Fitted, names: Sequence[str], together: bool, wanted: str, hint: str) -> Outcome:
    drawn = {name: _places(work, [fit], name) for name in names}
    present = [name for name, places in drawn.items() if places]
    cells = _cells(place for places in drawn.values() for place in places)
    if not present:
        other = [] if len(names) > 1 else _places(work, [fit], f"val_{names[0]}")
        if other:
            return partly(wanted, f"only the curve of val_{names[0]}", hint, cells=_cells(other))
        return absent(wanted, hint, found=f"no figure shows the {names[0]} of this training")
    if len(present) < len(names):
        missing = next(name for name in names if name not in present)
        hint = f"Plot history.history['{missing}'] as well."
        if missing.startswith("val_") and not _given(fit, missing):
            hint = f"Pass validation data to fit(), then plot history.history['{missing}'] as well."
        return partly(wanted, f"only the curve of {present[0]}", hint, cells=cells)
    shared = set.intersection(*(_keys(places) for places in drawn.values()))
    if together and not shared:
        return partly(wanted, "the two curves in separate axes", "Draw both into one axes.", cells=cells)
    return met(wanted, "both curves" if len(names) > 1 else "its curve", cells=cells)


@check("curves_compared", written_as=("plot", "plot_history", "lineplot"))
def curves_compared(
    work: Work, *, networks: tuple[str, ...], series: str, validation: bool = True
) -> Outcome:
    """Look for one figure that shows curves of the trainings of several networks.

    All of them in one figure is met. Each somewhere, but in figures of their own, is partly, and so is a
    comparison that leaves out the training or the validation curves where both are asked for, or some of
    three or more networks. One training shown under two names is no comparison.

    Args:
        networks: Names of the expected networks.
        series: Name in the history, e.g. ``loss`` or ``accuracy``.
        validation: Whether the training and the validation curves are asked for; otherwise either will do.
    """
    wanted = f"the {series} curves of {_listed(networks)} in one figure"
    variables = ", ".join(f"history_{name}.history['{series}']" for name in networks)
    hint = f"Keep the history of each training under a name of its own and plot {variables} into one figure."
    trainings = {network: _trainings(work, network) for network in networks}
    untrained = [network for network, fits in trainings.items() if not fits]
    if len(untrained) == len(networks):
        return absent(wanted, hint, found="no training whose history could be plotted")
    kinds = {
        kind: {network: _places(work, fits, kind) for network, fits in trainings.items()}
        for kind in (series, f"val_{series}")
    }
    compared = [kind for kind, drawn in kinds.items() if _in_one_figure(drawn.values())]
    everything = [place for drawn in kinds.values() for places in drawn.values() for place in places]
    if compared:
        shared = tuple(
            dict.fromkeys(cell for kind in compared for cell in _in_one_figure(kinds[kind].values()))
        )
        if validation and len(compared) < 2:
            left_out = "validation" if compared[0] == series else "training"
            found, mend = f"no {left_out} curves among them", f"Plot the {left_out} curves as well."
            return partly(wanted, found, mend, cells=shared)
        return met(wanted, f"the curves of {_listed(networks)} in one figure", cells=shared)
    first = min(fit.cell for fits in trainings.values() for fit in fits)
    if (cell := _unseen(work, (series,), first)) is not None:
        return met(wanted, "curves in a form that cannot be measured", cells=(cell,), remarks=(_UNSEEN,))
    shown = [name for name in networks if any(drawn[name] for drawn in kinds.values())]
    if not shown:
        return absent(wanted, hint, found=f"no figure shows the {series} of these trainings")
    if len(shown) == len(networks):
        return partly(wanted, "the curves in figures of their own", hint, cells=_cells(everything))
    missing = _listed([name for name in networks if name not in shown])
    some_compared = (
        any(_in_one_figure([drawn[name] for name in shown]) for drawn in kinds.values()) and len(shown) > 1
    )
    verdict = partly if some_compared else unmet
    return verdict(wanted, f"no curve of {missing}'s training", hint, cells=_cells(everything))


def _trainings(work: Work, network: str) -> list[Fitted]:
    """Trainings of the network with a history: the one that counts first, those on other data left out."""
    counting = work.fit(network)
    fits = [fit for fit in work.of_alike(network, Fitted) if fit.history and fit is not counting]
    if counting is not None and counting.history:
        fits.insert(0, counting)
    return [fit for fit in fits if work.view(fit.data).known] or fits


def _places(work: Work, fits: Sequence[Fitted], name: str) -> list[Place]:
    """Where a series of one of the trainings is drawn."""
    spellings = _spellings(name)
    return [
        (figure, number)
        for figure in work.evidence.of(FigureShown)
        for number, axes in enumerate(figure.axes)
        if any(_draws(axes, fit.history, spellings) for fit in fits)
    ]


def _in_one_figure(drawn: Iterable[Sequence[Place]]) -> tuple[int, ...]:
    """Cells of the figures in which every network's curve is drawn."""
    each = [{id(figure): figure.cell for figure, _ in places} for places in drawn]
    shared = set.intersection(*map(set, each)) if each else set()
    return tuple(sorted({cell for figure, cell in each[0].items() if figure in shared})) if each else ()


def _keys(places: Iterable[Place]) -> set[tuple[int, int]]:
    return {(id(figure), number) for figure, number in places}


def _cells(places: Iterable[Place]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(figure.cell for figure, _ in places))


def _unseen(work: Work, names: Sequence[str], start: int) -> int | None:
    """A cell that ran from ``start`` on, names the series and draws so that values cannot be compared."""
    for source in work.sources:
        if source.index >= start and work.cell(source.index).status == "ok":
            words = " ".join(source.strings)
            named = all(any(spelling in words for spelling in _spellings(name)) for name in names)
            if named and (drawn_unseen(source) or (smoothed(source) and _shows_lines(work, source.index))):
                return source.index
    return None


def _shows_lines(work: Work, cell: int) -> bool:
    figures = work.evidence.of(FigureShown)
    return any(figure.cell == cell and any(axes.lines for axes in figure.axes) for figure in figures)


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _spellings(name: str) -> tuple[str, ...]:
    """The names under which Keras may report the same series."""
    prefix = "val_" if name.startswith("val_") else ""
    known = name.removeprefix("val_") in ("accuracy", "acc")
    return tuple(prefix + spelling for spelling in _ACCURACY) if known else (name,)


def _given(fit: Fitted, name: str) -> bool:
    return any(fit.history.get(spelling) for spelling in _spellings(name))


def _draws(axes: Axes, history: Mapping[str, tuple[float, ...]], names: Iterable[str]) -> bool:
    """Whether a line begins with one of the series, as it is or in percent.

    A shortened training is lengthened by its last value, so the line may go on.
    """
    return any(_begins(line.values, history.get(name, ())) for line in axes.lines for name in names)


def _begins(values: tuple[float, ...], given: tuple[float, ...]) -> bool:
    if not given or len(values) < len(given):
        return False
    import numpy as np

    begin = np.asarray(values[: len(given)])
    # Two networks that learn nothing in a short training both stay near ln 10: only the rounding is forgiven.
    scaled: Iterator[np.ndarray] = (np.multiply(given, unit) for unit in (1, 100))
    return any(np.allclose(begin, each, rtol=1e-6, atol=1e-7, equal_nan=True) for each in scaled)
