"""The name that a misspelt or stale one was meant to be, when there is only one that it can have been."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

from grader.submissions.roles import Role

SAME_ROLE = 0.6
"""Similarity (``difflib`` ratio) from which a name of the same role is meant."""
ANY_ROLE = 0.8
"""The same where the role of one of the two cannot be told."""
SAME_WORD = 0.7
"""The same for single words of the two names."""
APART = 0.08
"""By how much the nearest name must be nearer than the next."""

_MEANINGS = (
    {"train": "train", "training": "train", "tr": "train"}
    | {"test": "test", "testing": "test", "tst": "test"}
    | {"val": "val", "valid": "val", "validation": "val"},
    {"x": "x", "image": "x", "images": "x", "img": "x", "imgs": "x"}
    | {"y": "y", "label": "y", "labels": "y", "lbl": "y"},
    {"true": "true", "actual": "true", "truth": "true"}
    | {"pred": "pred", "preds": "pred", "predicted": "pred", "prediction": "pred", "predictions": "pred"},
    {"loss": "loss", "losses": "loss", "acc": "accuracy", "accuracy": "accuracy"},
    {"early": "early", "stop": "early", "stopping": "early", "checkpoint": "file", "ckpt": "file"}
    | {"plateau": "rate", "reduce": "rate", "lr": "rate"},
)
"""Words in which two names of the same role differ in meaning, whatever their likeness: one axis each."""

_ALONE: frozenset[Role] = frozenset({"network", "history"})
"""Roles of which a single holder is meant by whatever name."""


def nearest_name(
    missing: str, wanted: Role | None, there: Mapping[str, Role | None], beside: frozenset[str]
) -> str | None:
    """The name among those ``there`` that ``missing`` was meant to be; None when that is not certain.

    Args:
        missing: The name that nobody made.
        wanted: What it is used as.
        there: The names that exist at that point, with their roles.
        beside: Other names in the code that misses it; among ``model1`` and ``model2`` they tell which.
    """
    scored = {
        name: score
        for name, role in there.items()
        if (score := _score(missing, name, wanted, role)) is not None
    }
    if not scored:
        holders = [name for name, role in there.items() if role == wanted]
        sole = wanted in _ALONE and len(holders) == 1 and _may_be(missing, holders[0])
        return holders[0] if sole else None
    best = max(scored.values())
    nearest = [name for name, score in scored.items() if score > best - APART]
    if len(nearest) > 1:
        numbers = {number for name in beside - set(nearest) for number in _numbers(name)}
        nearest = [name for name in nearest if numbers and _numbers(name) == numbers]
    if len(nearest) != 1 or _another_is_named(nearest[0], there, beside):
        return None
    return nearest[0]


def _another_is_named(name: str, there: Mapping[str, Role | None], beside: frozenset[str]) -> bool:
    """Whether the code speaks of another holder of the role: ``vgg_history`` beside ``vgg_model``."""
    said = {word for each in beside for word in _words(each)} - _words(name)
    others = [other for other, role in there.items() if role in _ALONE and role == there[name]]
    return any((_words(other) - _words(name)) & said for other in others)


def _score(missing: str, name: str, wanted: Role | None, role: Role | None) -> float | None:
    """How like two names are; None when one cannot have been meant by the other."""
    if name == missing or not _may_be(missing, name):
        return None
    if wanted and role and not _compatible(wanted, role):
        return None
    ratio = difflib.SequenceMatcher(None, missing.casefold(), name.casefold(), autojunk=False).ratio()
    if _stem(missing) == _stem(name):
        ratio = max(ratio, 0.95)
    elif not _same_words(missing, name):
        return None
    known = wanted is not None and role is not None and wanted not in ("callable", "module")
    return ratio if ratio >= (SAME_ROLE if known else ANY_ROLE) else None


def _compatible(wanted: Role, role: Role) -> bool:
    return wanted == role or (wanted == "data" and role in ("array", "dataset"))


def _may_be(missing: str, name: str) -> bool:
    """Whether number and meaning allow it: never ``model1`` for ``model2``, ``train_ds`` for ``test_ds``."""
    asked, have = _numbers(missing), _numbers(name)
    if asked and asked != have and not (asked == {"1"} and not have):
        return False
    words, others = _words(missing), _words(name)
    for axis in _MEANINGS:
        meant, given = ({axis[word] for word in each if word in axis} for each in (words, others))
        if meant and meant != given:
            return False
        # `accuracy` is not short for `val_accuracy`; `x_tset` is another word for what `x_test` is.
        if given - meant and words < others:
            return False
    return True


def _same_words(one: str, other: str) -> bool:
    """Whether each word of either name is one of the other's, misspelt or cut short: ``y_one_hot`` is no
    ``y``."""
    words, others = _words(one), _words(other)
    return all(any(_same_word(a, b) for b in others) for a in words) and all(
        any(_same_word(a, b) for a in words) for b in others
    )


def _same_word(one: str, other: str) -> bool:
    if any(axis.get(one, one) == axis.get(other, other) for axis in _MEANINGS):
        return True
    if difflib.SequenceMatcher(None, one, other, autojunk=False).ratio() >= SAME_WORD:
        return True
    short, long = sorted((one, other), key=len)
    letters = iter(long)
    return len(short) > 1 and short[0] == long[0] and all(letter in letters for letter in short)


def _numbers(name: str) -> frozenset[str]:
    # A class's own number (Conv2D) is one too: Conv1D is another layer.
    return frozenset(re.findall(r"\d+", name))


def _stem(name: str) -> str:
    return re.sub(r"[\d_]+", "", name.casefold())


def _words(name: str) -> frozenset[str]:
    """``xTrain``, ``x_train``, ``X_train`` and ``xtrain`` are all x and train."""
    parts = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", re.sub(r"[\d_]+", " ", name))
    words: set[str] = set()
    for part in parts:
        word = part.lower()
        split = re.fullmatch(r"([xy])(train|test|val|valid|tr|tst|pred|true)", word)
        words.update(split.groups() if split else (word,))
    return frozenset(words)
